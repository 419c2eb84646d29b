import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { HttpError } from "./http";
import { PAGE_WORDS } from "./page_words";
import { PAIR_WORDS as WORDS } from "./pair_words";
import { Problem } from "./problem";
import { refusalOf } from "./refusals";
import { leaveIfSignedOut, say } from "./session";
import { pair } from "./site";
import { submitting } from "./submitting";
import type { Display } from "./walls";

interface Props {
  readonly display: Display;
  /** Some browser is this display already. */
  readonly replaces: boolean;
  readonly onClose: () => void;
}

/** Asks for the code that a new screen shows. */
export function PairDialog({ display, replaces, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const code = useSignal("");
  const typed = code.value.replaceAll(/[^a-z0-9]/gi, "").toUpperCase();
  const busy = useSignal(false);
  const problem = useSignal<string | null>(null);
  useEffect(() => dialog.current?.showModal(), []);

  const submit = async (): Promise<void> => {
    busy.value = true;
    problem.value = null;
    try {
      await pair(display.id, typed);
      dialog.current?.close();
    } catch (error) {
      if (!leaveIfSignedOut(error)) problem.value = problemOf(error);
    } finally {
      busy.value = false;
    }
  };

  return (
    <dialog ref={dialog} class="dialog" onClose={onClose} aria-labelledby="pair-title">
      <form onSubmit={submitting(submit)}>
        <h2 id="pair-title">
          {say(WORDS.pairTitle)}: {display.name}
        </h2>
        <p class="quiet">{say(WORDS.pairHow)}</p>
        <label class="visually-hidden" for="pair-code">
          {say(WORDS.code)}
        </label>
        <input
          id="pair-code"
          class="field code-field"
          autocomplete="off"
          autocapitalize="characters"
          spellcheck={false}
          maxLength={20}
          placeholder="ABC 234"
          value={code.value}
          onInput={(event) => {
            code.value = event.currentTarget.value;
          }}
        />
        {replaces && <p class="quiet">{say(WORDS.pairReplaces)}</p>}
        <Problem text={problem.value} />
        <div class="task-actions">
          <button type="submit" class="button primary" disabled={busy.value || typed.length < 6}>
            {say(WORDS.pair)}
          </button>
          <button type="button" class="button" onClick={() => dialog.current?.close()}>
            {say(PAGE_WORDS.cancel)}
          </button>
        </div>
      </form>
    </dialog>
  );
}

function problemOf(error: unknown): string {
  if (!(error instanceof HttpError)) throw error;
  if (error.status === 404 || error.status === 422) return say(WORDS.wrongCode);
  if (error.status === 429) return say(WORDS.tooMany);
  return say(refusalOf(error));
}
