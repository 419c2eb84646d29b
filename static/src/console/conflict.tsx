import { SAVING_WORDS } from "../shared/saving";
import { say } from "../shared/session";
import { Sign } from "../shared/sign";
import { type Conflict, conflict as current, insist, ordersOf } from "./desk";
import { contentNameOn, wallOf } from "../shared/site";
import type { Content } from "../shared/walls";
import { WORDS } from "./words";

/** Somebody else changed the wall meanwhile: what they changed, and whether to save one's own change now. */
export function ConflictNotice({ conflict }: { conflict: Conflict }) {
  const { cells, layouts } = conflict.changed;
  const name = (content: Content): string => contentNameOn(wallOf(conflict.wall), content);
  return (
    <div class="note conflict" role="alert">
      <p class="problem">
        <Sign state="stale" />
        {say(WORDS.changedMeanwhile)} {ordersOf(conflict.wall).hasDropped.value && say(SAVING_WORDS.norTheRest)}
      </p>
      <p>{say(conflict.words)}</p>
      <ul>
        {layouts.map((display) => (
          <li key={display}>
            {display}: {say(WORDS.otherCells)}
          </li>
        ))}
        {cells.map((cell) => (
          <li key={`${cell.display} ${cell.number}`}>
            {cell.display}, {say(WORDS.cell)} {cell.number}: {name(cell.before)} →{" "}
            <b>{name(cell.after)}</b>
          </li>
        ))}
        {cells.length + layouts.length === 0 && <li>{say(WORDS.nothingSeen)}</li>}
      </ul>
      <div class="task-actions">
        <button type="button" class="button primary" onClick={() => void insist()}>
          {say(WORDS.doAnyway)}
        </button>
        <button
          type="button"
          class="button"
          onClick={() => {
            current.value = null;
          }}
        >
          {say(WORDS.leaveIt)}
        </button>
      </div>
    </div>
  );
}
