import { useEffect, useRef } from "preact/hooks";
import type { Said } from "./language";
import { PAGE_WORDS as WORDS } from "./page_words";
import { say } from "./session";

/** A key, or several, as they are written on a keyboard. */
export interface Shortcut {
  readonly keys: string | Said;
  readonly what: Said;
}

/** The list of a page's keys, for as long as it is asked for. */
export function KeysHelp({ keys, onClose }: { keys: readonly Shortcut[]; onClose: () => void }) {
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => element.current?.showModal(), []);
  return (
    <dialog ref={element} class="dialog help" aria-labelledby="help-title" onClose={onClose}>
      <h2 id="help-title">{say(WORDS.help)}</h2>
      <dl>
        {keys.map((shortcut, index) => (
          <div key={index}>
            <dt>
              <kbd>{typeof shortcut.keys === "string" ? shortcut.keys : say(shortcut.keys)}</kbd>
            </dt>
            <dd>{say(shortcut.what)}</dd>
          </div>
        ))}
      </dl>
      <button type="button" class="button" onClick={() => element.current?.close()}>
        {say(WORDS.close)}
      </button>
    </dialog>
  );
}
