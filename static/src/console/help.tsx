import { useEffect, useRef } from "preact/hooks";
import type { Said } from "../shared/language";
import { helping } from "./desk";
import { say } from "./store";
import { WORDS } from "./words";

const KEYS: readonly [string, Said][] = [
  ["/", WORDS.keySearch],
  ["← ↑ ↓ →", WORDS.keyArrows],
  ["Enter", WORDS.keyEnterList],
  ["P", WORDS.keyPut],
  ["W", WORDS.keyWall],
  ["Enter", WORDS.keyEnterCell],
  ["Space", WORDS.keySpace],
  ["Del", WORDS.keyDelete],
  ["0 … 9", WORDS.keyScenes],
  ["Ctrl Z", WORDS.undo],
  ["E", WORDS.enlarge],
  ["+ −", WORDS.zoomed],
  ["R", WORDS.replay],
  ["S", WORDS.snapshot],
  ["M", WORDS.keyMap],
  ["Esc", WORDS.keyEscape],
  ["?", WORDS.keyHelp],
];

export function Help() {
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => element.current?.showModal(), []);
  return (
    <dialog ref={element} class="dialog help" aria-labelledby="help-title" onClose={() => (helping.value = false)}>
      <h2 id="help-title">{say(WORDS.help)}</h2>
      <dl>
        {KEYS.map(([key, words], index) => (
          <div key={index}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{say(words)}</dd>
          </div>
        ))}
      </dl>
      <button type="button" class="button" onClick={() => element.current?.close()}>
        {say(WORDS.close)}
      </button>
    </dialog>
  );
}
