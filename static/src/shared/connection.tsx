import { useSignal } from "@preact/signals";
import { PairDialog } from "./pair";
import { PAIR_WORDS as WORDS } from "./pair_words";
import { mayDo, say } from "./session";
import { Sign } from "./sign";
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
        <Sign state={state} />
        {words}
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
