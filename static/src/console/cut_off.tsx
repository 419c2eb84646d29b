import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Field, Labelled } from "../shared/field";
import { PAGE_WORDS } from "../shared/page_words";
import { Problem } from "../shared/problem";
import { say } from "../shared/session";
import { submitting } from "../shared/submitting";
import { type Aim, aim, cutOff, published, whyNot } from "./public";
import { PUBLIC_WORDS as WORDS, USUAL_TEXT } from "./public_words";

const HOUR_S = 3600;
const LENGTHS = [
  ["open", null],
  ["hour", HOUR_S],
  ["hours4", 4 * HOUR_S],
  ["day", 24 * HOUR_S],
] as const;

/** All that has to be said is said already: Enter cuts off. */
export function CutOffDialog({ first }: { first: Aim }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const target = useSignal<Aim>(first);
  const lasts = useSignal<number | null>(null);
  const text = useSignal(USUAL_TEXT);
  const reason = useSignal(say(WORDS.usualReason));
  const busy = useSignal(false);
  const problem = useSignal<string | null>(null);
  useEffect(() => {
    dialog.current?.showModal();
    dialog.current?.querySelector<HTMLElement>("[type=submit]")?.focus();
  }, []);

  const submit = async (): Promise<void> => {
    busy.value = true;
    problem.value = null;
    try {
      await cutOff(target.value, reason.value, text.value, lasts.value);
      dialog.current?.close();
    } catch (error) {
      problem.value = whyNot(error, WORDS.refused);
    } finally {
      busy.value = false;
    }
  };

  return (
    <dialog ref={dialog} class="dialog cut-off" aria-labelledby="cut-title" onClose={() => (aim.value = null)}>
      <form onSubmit={submitting(submit)}>
        <h2 id="cut-title">{say(WORDS.cutTitle)}</h2>
        <p class="quiet">{say(WORDS.cutHow)}</p>
        <fieldset>
          <legend>{say(WORDS.what)}</legend>
          {choicesOf(first).map(([one, words]) => (
            <label key={one.kind} class="check">
              <input type="radio" name="what" checked={one.kind === target.value.kind} onChange={() => (target.value = one)} />
              {words}
            </label>
          ))}
        </fieldset>
        <Labelled id="cut-length" label={say(WORDS.howLong)}>
          <select
            id="cut-length"
            class="field"
            value={String(lasts.value ?? "")}
            onChange={(event) => (lasts.value = Number(event.currentTarget.value) || null)}
          >
            {LENGTHS.map(([words, seconds]) => (
              <option key={words} value={String(seconds ?? "")}>
                {say(WORDS[words])}
              </option>
            ))}
          </select>
        </Labelled>
        <Field id="cut-text" label={say(WORDS.text)} maxLength={400} value={text.value} onText={(typed) => (text.value = typed)} />
        <Field id="cut-reason" label={say(WORDS.reason)} maxLength={400} value={reason.value} onText={(typed) => (reason.value = typed)} />
        <Problem text={problem.value} />
        <div class="task-actions">
          <button type="submit" class="button danger" disabled={busy.value || !text.value.trim() || !reason.value.trim()}>
            {say(WORDS.cutNow)}
          </button>
          <button type="button" class="button" onClick={() => dialog.current?.close()}>
            {say(PAGE_WORDS.cancel)}
          </button>
        </div>
      </form>
    </dialog>
  );
}

/** From the narrowest to all: a camera, its group, everything. */
function choicesOf(first: Aim): readonly (readonly [Aim, string])[] {
  const one = first.kind === "camera" ? published(first.target) : undefined;
  const group = first.kind === "group" ? first.target : one?.group;
  return [
    ...(one ? [[first, `${say(WORDS.onlyThis)}: ${one.name}`] as const] : []),
    ...(group ? [[{ kind: "group", target: group }, `${say(WORDS.wholeGroup)}: ${group}`] as const] : []),
    [{ kind: "all", target: "" }, say(WORDS.everything)],
  ];
}
