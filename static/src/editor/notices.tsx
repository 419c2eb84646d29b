import { useSignal } from "@preact/signals";
import { cameraName } from "../shared/site";
import type { Cell } from "../shared/walls";
import { PAGE_WORDS } from "../shared/page_words";
import { SAVING_WORDS } from "../shared/saving";
import { language, say } from "../shared/session";
import { Sign } from "../shared/sign";
import { type CellChange, firstOf } from "../shared/difference";
import { changeText } from "../shared/difference_words";
import { draft, mode } from "./now";
import { applyOnTop, busy, cellAt, cellName, conflict, contentName, orders, problem, said, select, wall } from "./store";
import { WORDS } from "./words";

/** What was done, what went wrong, what others did: one place for it, under the toolbar. */
export function Notices() {
  return (
    <div class="notices">
      {conflict.value && <ConflictNotice />}
      {problem.value !== null && (
        <p class="ed-note" role="alert">
          <Sign state="unreachable" />
          <span class="grow">
            {say(problem.value)} {orders.hasDropped.value && say(SAVING_WORDS.norTheRest)}
          </span>
          <button
            type="button"
            class="button plain"
            onClick={() => {
              problem.value = null;
            }}
          >
            {say(PAGE_WORDS.close)}
          </button>
        </p>
      )}
    </div>
  );
}

/** The line at the lower right: that it is saved, and as which revision. */
export function Saved() {
  return (
    <p class="saved quiet" role="status">
      <span class="said" title={said.value ? say(said.value) : undefined}>
        {busy.value ? say(WORDS.saving) : said.value && say(said.value)}
      </span>
      <span class="revision">
        {mode.value === "draft" && `${say(WORDS.draftOn)} `}
        {say(WORDS.revision)} {draft.value && mode.value === "draft" ? draft.value.base_revision : wall.value?.revision}
      </span>
    </p>
  );
}

function ConflictNotice() {
  const met = conflict.value;
  if (!met) return null;
  return (
    <section class="ed-conflict" role="alert">
      <p class="problem">
        <Sign state="stale" />
        {say(WORDS.changedMeanwhile)} {orders.hasDropped.value && say(SAVING_WORDS.norTheRest)}
      </p>
      <div class="ed-both">
        <div>
          <h3>{say(WORDS.whatTheyChanged)}</h3>
          <Changes changes={met.changes} />
        </div>
        <div>
          <h3>{say(WORDS.whatYouWanted)}</h3>
          <p>{met.words && say(met.words)}</p>
        </div>
      </div>
      <div class="task-actions">
        <button type="button" class="button primary" onClick={() => void applyOnTop()}>
          {say(WORDS.applyOnTop)}
        </button>
        <button
          type="button"
          class="button"
          onClick={() => {
            conflict.value = null;
          }}
        >
          {say(WORDS.letGo)}
        </button>
      </div>
    </section>
  );
}

/** The difference of two revisions, a line for each cell; of many those that come first, and how many more. */
export function Changes({ changes }: { changes: readonly CellChange[] }) {
  const isWhole = useSignal(false);
  if (changes.length === 0) return <p class="quiet">{say(WORDS.noCellsChanged)}</p>;
  const { shown, more } = isWhole.value ? { shown: changes, more: 0 } : firstOf(changes);
  return (
    <ul class="changes">
      {shown.map((change) => (
        <li key={`${change.display} ${change.cell}`}>
          <button
            type="button"
            class="change-cell"
            onClick={() => cellAt(change) && select({ display: change.display, cell: change.cell })}
          >
            {nameOf(change)}
          </button>
          : {changeText(change, shownName, language.value)}
        </li>
      ))}
      {more > 0 && (
        <li>
          <button type="button" class="change-cell" onClick={() => (isWhole.value = true)}>
            {say(WORDS.and)} {more.toLocaleString(language.value)} {say(WORDS.more)}
          </button>
        </li>
      )}
    </ul>
  );
}

function nameOf(change: CellChange): string {
  const at = cellAt(change);
  if (at) return cellName(at);
  return wall.value?.displays.find(({ id }) => id === change.display)?.name ?? change.display;
}

function shownName({ content }: Cell): string {
  return content.type === "camera" ? (cameraName(content.camera) ?? content.camera) : contentName(content);
}
