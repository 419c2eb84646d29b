import { useSignal } from "@preact/signals";
import { mayDo, say } from "../shared/session";
import { Sign } from "../shared/sign";
import type { State } from "../shared/states";
import { PairDialog } from "./pair";
import { displayFacts } from "./store";
import type { Display, Wall } from "./walls";
import { WORDS } from "./words";

/** The displays of a wall: which of them are connected, and the way to pair one. */
export function Screens({ wall }: { wall: Wall }) {
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
  const [state, words] = connection(facts?.paired ?? false, facts?.connected ?? 0);
  return (
    <li>
      <span class="screen-name one-line">{display.name}</span>
      <span class="connection">
        <Sign state={state} />
        {words}
      </span>
      {mayDo("displays.pair") && (
        <button type="button" class="button plain" onClick={() => (pairing.value = true)}>
          {say(facts?.paired ? WORDS.pairAgain : WORDS.pair)}
        </button>
      )}
      {pairing.value && (
        <PairDialog display={display} replaces={facts?.paired ?? false} onClose={() => (pairing.value = false)} />
      )}
    </li>
  );
}

function connection(paired: boolean, connected: number): [State, string] {
  if (connected > 0) return ["live", say(WORDS.connected) + (connected > 1 ? ` (${connected})` : "")];
  return paired ? ["unreachable", say(WORDS.notConnected)] : ["off", say(WORDS.notPaired)];
}
