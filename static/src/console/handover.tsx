/** Handing over: the note that waits over the desk, and the list with the form for a new one. */
import { useEffect, useMemo, useRef } from "preact/hooks";
import { Doing } from "../shared/doing";
import type { Handover } from "../shared/handover";
import { PAGE_WORDS } from "../shared/page_words";
import { Problem } from "../shared/problem";
import { language, mayDo, me, now, say } from "../shared/session";
import { Sign } from "../shared/sign";
import { submitting } from "../shared/submitting";
import { zonedMoment } from "../shared/time";
import { HANDOVER_WORDS as WORDS } from "./handover_words";
import { confirm, doing, handingOver, leave, left, listClosed, notes, waiting, write, written } from "./handovers";

/** Of `LONGEST_NOTE`, catalogue/handovers.py. */
const LONGEST = 4000;

/** In the head of the page: opens the list. */
export function HandoverButton() {
  if (!mayDo("handovers")) return null;
  const count = waiting.value.length;
  return (
    <button type="button" class="button" id="handover" onClick={() => (handingOver.value = true)}>
      {count > 0 && <Sign state="stale" title={say(WORDS.waits)} />}
      {say(WORDS.title)}
      {count > 0 && ` (${count.toLocaleString(language.value)})`}
    </button>
  );
}

/** What the shift before left and nobody has confirmed: there until somebody does, and in nobody's way. */
export function HandoverBanner() {
  const [newest, ...others] = waiting.value;
  return newest ? <Waiting key={newest.id} note={newest} others={others.length} /> : null;
}

function Waiting({ note, others }: { note: Handover; others: number }) {
  const confirming = useMemo(() => new Doing(WORDS.unknown), []);
  return (
    <section class="handover-banner" aria-label={say(WORDS.open)}>
      <Sign state="stale" />
      <p class="handover-from">
        {say(WORDS.from)} <b>{note.made_by}</b>
        <br />
        <span class="quiet">{zonedMoment(note.made_ms, now.value, language.value)}</span>
      </p>
      {/* Long ones are scrolled, also by keys. */}
      <p class="handover-text" tabIndex={0} role="group" aria-label={say(WORDS.open)}>
        {note.text}
      </p>
      <div class="handover-actions">
        <button
          type="button"
          class="button primary"
          disabled={confirming.isBusy.value}
          onClick={() => void confirming.attempt(() => confirm(note), WORDS.notConfirmed)}
        >
          {say(WORDS.confirm)}
        </button>
        <button type="button" class="button plain" onClick={() => (handingOver.value = true)}>
          {others > 0 ? `${others.toLocaleString(language.value)} ${say(WORDS.more)}` : say(WORDS.all)}
        </button>
      </div>
      {confirming.problem.value && <Problem text={confirming.problem.value} />}
    </section>
  );
}

export function HandoverList() {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} class="dialog handover-list" aria-labelledby="handover-title" onClose={listClosed}>
      <h2 id="handover-title">{say(WORDS.open)}</h2>
      <form onSubmit={submitting(leave)}>
        <label for="handover-text">{say(WORDS.write)}</label>
        <textarea
          id="handover-text"
          class="field"
          rows={4}
          required
          maxLength={LONGEST}
          placeholder={say(WORDS.hint)}
          readOnly={doing.isBusy.value}
          value={written.value}
          onInput={(event) => write(event.currentTarget.value)}
        />
        <Problem text={doing.problem.value} />
        <div class="task-actions">
          <button type="submit" class="button primary" disabled={doing.isBusy.value || written.value.trim() === ""}>
            {say(WORDS.leave)}
          </button>
          <span class="kept" role="status">
            {left.value && (
              <>
                <Sign state="live" /> {say(WORDS.left)}
              </>
            )}
          </span>
        </div>
      </form>
      <h3>{say(WORDS.earlier)}</h3>
      {notes.value.length === 0 && <p class="quiet">{say(WORDS.none)}</p>}
      <ol class="notes" tabIndex={0} aria-label={say(WORDS.earlier)}>
        {notes.value.map((note) => (
          <Note key={note.id} note={note} />
        ))}
      </ol>
      <button type="button" class="button" onClick={() => dialog.current?.close()}>
        {say(PAGE_WORDS.close)}
      </button>
    </dialog>
  );
}

function Note({ note }: { note: Handover }) {
  const { confirmed_by: by, confirmed_ms: at } = note;
  const when = (ms: number): string => zonedMoment(ms, now.value, language.value);
  return (
    <li>
      <p class="quiet">
        <b>{note.made_by}</b>, {when(note.made_ms)}
      </p>
      <p class="note-text">{note.text}</p>
      <p class="note-state">
        <Sign state={by === null ? "stale" : "live"} />
        {by === null ? say(WORDS.waits) : `${say(WORDS.read)} ${by}, ${when(at ?? note.made_ms)}`}
        {by === null && note.made_by !== me.value?.name && (
          <button
            type="button"
            class="button"
            disabled={doing.isBusy.value}
            onClick={() => void doing.attempt(() => confirm(note), WORDS.notConfirmed)}
          >
            {say(WORDS.confirm)}
          </button>
        )}
      </p>
    </li>
  );
}
