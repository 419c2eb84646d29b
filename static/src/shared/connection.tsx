import { useSignal } from "@preact/signals";
import { PairDialog } from "./pair";
import { PAIR_WORDS as WORDS } from "./pair_words";
import { language, mayDo, say, statesAsOf } from "./session";
import { ToldSign } from "./sign";
import { asOfWords } from "./state_words";
import type { State } from "./states";
import type { Display, DisplayFacts } from "./walls";

/** Whether a screen is this display now, and the way to pair one. */
export function Connection({ display, facts }: { display: Display; facts: DisplayFacts }) {
  const pairing = useSignal(false);
  const [state, words] = connection(facts);
  const todo = say(facts.paired ? WORDS.pairAgain : WORDS.pair);
  return (
    <>
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
    </>
  );
}

function connection({ paired, connected }: DisplayFacts): [State, string] {
  if (connected > 0) return ["live", say(WORDS.connected) + (connected > 1 ? ` (${connected})` : "")];
  return paired ? ["unreachable", say(WORDS.notConnected)] : ["off", say(WORDS.notPaired)];
}
