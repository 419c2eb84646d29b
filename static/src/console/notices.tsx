import { PAGE_WORDS } from "../shared/page_words";
import { SAVING_WORDS } from "../shared/saving";
import { say } from "../shared/session";
import { Sign } from "../shared/sign";
import { ConflictNotice } from "./conflict";
import { conflict, done, ordersOf, overtaken, problem, saving, undo } from "./desk";
import type { Wall } from "../shared/walls";
import { WORDS } from "./words";

/** What was done to a wall, what went wrong, what others did. */
export function Notices({ wall }: { wall: Wall }) {
  const here = <T extends { readonly wall: string }>(one: T | null): T | null => (one?.wall === wall.id ? one : null);
  const [wrong, met, last] = [here(problem.value), here(conflict.value), here(done.value)];
  const theirs = here(overtaken.value);
  const isSaving = saving.value === wall.id;
  return (
    <div class="notices">
      {wrong && (
        <p class="note problem" role="alert">
          <Sign state="unreachable" />
          <span class="grow">
            {say(wrong.words)} {ordersOf(wall.id).hasDropped.value && say(SAVING_WORDS.norTheRest)}
          </span>
          <button type="button" class="button plain" onClick={() => (problem.value = null)}>
            {say(PAGE_WORDS.close)}
          </button>
        </p>
      )}
      {met && <ConflictNotice conflict={met} />}
      {isSaving && <p class="note quiet">{say(WORDS.saving)}</p>}
      {theirs && !isSaving && (
        <p class="note quiet" role="status">
          {say(theirs.words)}
        </p>
      )}
      {last && !theirs && !isSaving && (
        <p class="note" role="status">
          <span class="grow">{say(last.words)}</span>
          <button type="button" class="button" onClick={() => void undo()}>
            {say(WORDS.undo)}
          </button>
        </p>
      )}
    </div>
  );
}
