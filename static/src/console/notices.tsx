import { PAGE_WORDS } from "../shared/page_words";
import { say } from "../shared/session";
import { Sign } from "../shared/sign";
import { ConflictNotice } from "./conflict";
import { conflict, done, problem, saving, undo } from "./desk";
import type { Wall } from "./walls";
import { WORDS } from "./words";

/** What was done to a wall, what went wrong, what others did. */
export function Notices({ wall }: { wall: Wall }) {
  const met = conflict.value?.wall === wall.id ? conflict.value : null;
  const last = done.value?.wall === wall.id ? done.value : null;
  return (
    <div class="notices">
      {problem.value !== null && (
        <p class="note problem" role="alert">
          <Sign state="unreachable" />
          <span class="grow">
            {say(WORDS.notSaved)}: {problem.value}
          </span>
          <button type="button" class="button plain" onClick={() => (problem.value = null)}>
            {say(PAGE_WORDS.close)}
          </button>
        </p>
      )}
      {met && <ConflictNotice conflict={met} />}
      {saving.value && <p class="note quiet">{say(WORDS.saving)}</p>}
      {last && !saving.value && (
        <p class="note" role="status">
          <span class="grow">{last.words}</span>
          <button type="button" class="button" onClick={() => void undo()}>
            {say(WORDS.undo)}
          </button>
        </p>
      )}
    </div>
  );
}
