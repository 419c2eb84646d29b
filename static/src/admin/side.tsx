import type { ComponentChildren } from "preact";
import { PAGE_WORDS } from "../shared/page_words";
import { say } from "../shared/session";

interface Parts {
  readonly title: string;
  /** What closes it, or the address where it is closed. */
  readonly close: string | (() => void);
  readonly children: ComponentChildren;
}

/** Beside a list: what was chosen of it, or will be new in it. */
export function Side({ title, close, children }: Parts) {
  return (
    <aside class="side" aria-label={title}>
      <header class="side-head">
        <h2>{title}</h2>
        {typeof close === "string" ? (
          <a class="button plain" href={close}>
            {say(PAGE_WORDS.close)}
          </a>
        ) : (
          <button type="button" class="button plain" onClick={close}>
            {say(PAGE_WORDS.close)}
          </button>
        )}
      </header>
      {children}
    </aside>
  );
}
