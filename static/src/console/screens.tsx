import { useSignal } from "@preact/signals";
import { language, mayDo, say, statesAsOf } from "../shared/session";
import { ToldSign } from "../shared/sign";
import { asOfWords } from "../shared/state_words";
import type { State } from "../shared/states";
import { PairDialog } from "./pair";
import { displayFacts } from "../shared/site";
import type { Display, DisplayFacts, Wall } from "../shared/walls";
import { WORDS } from "./words";

/** The displays of a wall: which of them are connected, and the way to pair one. */
export function Screens({ wall }: { wall: Wall }) {
  if (wall.displays.length === 0) return null;
  return (
    <ul class="screens" aria-label={say(WORDS.displays)}>
      {wall.displays.map((display) => (
        <Screen key={display.id} display={display} />
      ))}
    </ul>
  );
}

function Screen({ display }: { display: Display }) {
  const pairing = useSignal(false);
  const facts = displayFacts.value.get(display.id);
  // Of those that are not theirs to see, somebody is told nothing.
  if (!facts) return <li class="screen-name one-line">{display.name}</li>;
  const [state, words] = connection(facts);
  const todo = say(facts.paired ? WORDS.pairAgain : WORDS.pair);
  return (
    <li>
      <span class="screen-name one-line">{display.name}</span>
      <span class="connection">
        <ToldSign state={state} />
        {words}
        {asOfWords(Date.now(), language.value, statesAsOf.value)}
      </span>
      {mayDo("displays.pair") && (
        <button
          type="button"
          class="button plain"
          aria-label={`${todo}: ${display.name}`}
          onClick={() => (pairing.value = true)}
        >
          {todo}
        </button>
      )}
      {pairing.value && <PairDialog display={display} replaces={facts.paired} onClose={() => (pairing.value = false)} />}
    </li>
  );
}

function connection({ paired, connected }: DisplayFacts): [State, string] {
  if (connected > 0) return ["live", say(WORDS.connected) + (connected > 1 ? ` (${connected})` : "")];
  return paired ? ["unreachable", say(WORDS.notConnected)] : ["off", say(WORDS.notPaired)];
}
