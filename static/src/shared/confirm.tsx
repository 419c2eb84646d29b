import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { PAGE_WORDS } from "./page_words";
import { say } from "./session";

interface Properties {
  readonly title: string;
  /** What the button does. */
  readonly does: string;
  readonly children: ComponentChildren;
  readonly onYes: () => void;
  readonly onClose: () => void;
}

/** Asks before what cannot be taken back. */
export function Confirm({ title, does, children, onYes, onClose }: Properties) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby="confirm-title" onClose={onClose}>
      <h2 id="confirm-title">{title}</h2>
      {children}
      <div class="task-actions">
        <button
          type="button"
          class="button danger"
          onClick={() => {
            dialog.current?.close();
            onYes();
          }}
        >
          {does}
        </button>
        <button type="button" class="button" autofocus onClick={() => dialog.current?.close()}>
          {say(PAGE_WORDS.cancel)}
        </button>
      </div>
    </dialog>
  );
}
