import { useSignal } from "@preact/signals";
import { Field } from "../shared/field";
import { ask } from "../shared/http";
import { say } from "../shared/session";
import { submitting } from "../shared/submitting";
import { Side } from "./side";
import { cameras, whileBusy } from "./store";
import { streamsOf } from "./token_rows";
import { TOKEN_WORDS } from "./token_words";
import { useTold } from "./told";
import { WORDS } from "./words";

interface Wall {
  readonly displays: readonly { readonly id: string; readonly name: string }[];
}

interface Properties {
  readonly onClose: () => void;
  readonly onMade: (label: string, key: string) => void;
}

/** A new token of a player: for whom, and for which stream. */
export function TokenForm({ onClose, onMade }: Properties) {
  const label = useSignal("");
  const stream = useSignal("");
  const { told: walls } = useTold<Wall[]>("/api/walls");
  const busy = useSignal(false);
  const make = (): Promise<void> =>
    whileBusy(busy, async () => {
      const wanted = { label: label.value.trim(), stream: stream.value.trim() || null };
      const { token } = await ask<{ token: string }>("/api/tokens", "POST", wanted);
      onMade(wanted.label, token);
    });
  const displays = (walls.value ?? []).flatMap((wall) => wall.displays);
  return (
    <Side title={say(TOKEN_WORDS.make)} close={onClose}>
      <form class="side-part" onSubmit={submitting(make)}>
        <Field
          id="token-label"
          label={say(TOKEN_WORDS.label)}
          hint={say(TOKEN_WORDS.labelHint)}
          required
          maxLength={120}
          autocomplete="off"
          value={label.value}
          onText={(text) => (label.value = text)}
        />
        <Field
          id="token-stream"
          label={say(TOKEN_WORDS.stream)}
          hint={say(TOKEN_WORDS.streamHint)}
          maxLength={120}
          autocomplete="off"
          spellcheck={false}
          list="token-streams"
          value={stream.value}
          onText={(text) => (stream.value = text)}
        >
          <datalist id="token-streams">
            {streamsOf(cameras.value ?? [], displays).map(({ stream, name }) => (
              <option key={stream} value={stream}>
                {name}
              </option>
            ))}
          </datalist>
        </Field>
        <div class="actions">
          <button type="submit" class="button primary" disabled={busy.value || label.value.trim() === ""}>
            {say(WORDS.add)}
          </button>
        </div>
      </form>
    </Side>
  );
}
