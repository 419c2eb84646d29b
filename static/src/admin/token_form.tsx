import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ask } from "../shared/http";
import { PAGE_WORDS } from "../shared/page_words";
import { say } from "../shared/session";
import { cameras, tellProblem } from "./store";
import { streamsOf } from "./token_rows";
import { TOKEN_WORDS } from "./token_words";
import { WORDS } from "./words";

interface Named {
  readonly id: string;
  readonly name: string;
}

interface Properties {
  readonly onClose: () => void;
  readonly onMade: (label: string, key: string) => void;
}

/** A new token of a player: for whom, and for which stream. */
export function TokenForm({ onClose, onMade }: Properties) {
  const label = useSignal("");
  const stream = useSignal("");
  const displays = useSignal<readonly Named[]>([]);
  const busy = useSignal(false);
  useEffect(() => {
    ask<{ displays: readonly Named[] }[]>("/api/walls").then((walls) => (displays.value = walls.flatMap((wall) => wall.displays)), tellProblem);
  }, []);
  const make = async (): Promise<void> => {
    busy.value = true;
    const wanted = { label: label.value.trim(), stream: stream.value.trim() || null };
    try {
      const { token } = await ask<{ token: string }>("/api/tokens", "POST", wanted);
      onMade(wanted.label, token);
    } catch (error) {
      tellProblem(error);
    } finally {
      busy.value = false;
    }
  };
  return (
    <aside class="side" aria-label={say(TOKEN_WORDS.make)}>
      <header class="side-head">
        <h2>{say(TOKEN_WORDS.make)}</h2>
        <button type="button" class="button plain" onClick={onClose}>
          {say(PAGE_WORDS.close)}
        </button>
      </header>
      <form
        class="side-part"
        onSubmit={(event) => {
          event.preventDefault();
          void make();
        }}
      >
        <div class="labelled">
          <label for="token-label">{say(TOKEN_WORDS.label)}</label>
          <input
            id="token-label"
            class="field"
            required
            maxLength={120}
            autocomplete="off"
            value={label.value}
            onInput={(event) => {
              label.value = event.currentTarget.value;
            }}
          />
          <p class="hint">{say(TOKEN_WORDS.labelHint)}</p>
        </div>
        <div class="labelled">
          <label for="token-stream">{say(TOKEN_WORDS.stream)}</label>
          <input
            id="token-stream"
            class="field"
            maxLength={120}
            autocomplete="off"
            spellcheck={false}
            list="token-streams"
            value={stream.value}
            onInput={(event) => {
              stream.value = event.currentTarget.value;
            }}
          />
          <datalist id="token-streams">
            {streamsOf(cameras.value ?? [], displays.value).map(({ stream, name }) => (
              <option key={stream} value={stream}>
                {name}
              </option>
            ))}
          </datalist>
          <p class="hint">{say(TOKEN_WORDS.streamHint)}</p>
        </div>
        <div class="actions">
          <button type="submit" class="button primary" disabled={busy.value || label.value.trim() === ""}>
            {say(WORDS.add)}
          </button>
        </div>
      </form>
    </aside>
  );
}
