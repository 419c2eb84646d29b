import { statesAsOf } from "./session";
import { signedState, type State, signPath, toneOf } from "./states";

/** The sign of a state: shape and colour, the same everywhere. Words stand beside it or in `title`. */
export function Sign({ state, title }: { state: State; title?: string }) {
  return (
    <svg class={`sign tone-${toneOf(state)}`} viewBox="0 0 16 16" role="img" aria-label={title} aria-hidden={!title}>
      <path fill-rule="evenodd" d={signPath(state)} />
    </svg>
  );
}

/** The same of a state that only the server knows: while it does not answer, nothing is shown as live. */
export function ToldSign({ state, title }: { state: State; title?: string }) {
  return <Sign state={signedState(state, statesAsOf.value === null)} {...(title !== undefined && { title })} />;
}
