import { useSignal } from "@preact/signals";
import { Field } from "../shared/field";
import { ask } from "../shared/http";
import { PAGE_WORDS } from "../shared/page_words";
import { say } from "../shared/session";
import { submitting } from "../shared/submitting";
import type { Entry } from "./entry";
import { tell, tellProblem } from "./store";
import { useTold } from "./told";
import { WORDS } from "./words";

interface One {
  readonly camera: string;
  readonly public_id: string;
  readonly name: string;
  readonly group: string;
  readonly position: readonly [number, number] | null;
}

interface Public {
  readonly enabled: boolean;
  readonly cameras: readonly One[];
}

/** What the public may know of a camera: a name of its own, a group, and roughly where it is. */
export function Published({ entry, path }: { entry: Entry; path: string }) {
  const { told: seen, read } = useTold<Public>("/api/public");
  // A site without a public page is not asked about one.
  if (!seen.value?.enabled) return null;
  const one = seen.value.cameras.find(({ camera }) => camera === entry.id) ?? null;
  const groups = [...new Set(seen.value.cameras.map(({ group }) => group))].filter(Boolean).sort();
  return <Form key={one?.public_id ?? ""} entry={entry} path={`${path}/public`} one={one} groups={groups} onChanged={read} />;
}

interface FormParts {
  readonly entry: Entry;
  readonly path: string;
  readonly one: One | null;
  readonly groups: readonly string[];
  readonly onChanged: () => Promise<void>;
}

function Form({ entry, path, one, groups, onChanged }: FormParts) {
  const { latitude, longitude } = entry;
  const place = typeof latitude === "number" && typeof longitude === "number" ? [latitude, longitude] : null;
  // Never the name that it has inside: nobody shall publish that by mistake.
  const name = useSignal(one?.name ?? "");
  const group = useSignal(one?.group ?? "");
  const onMap = useSignal(one ? one.position !== null : place !== null);
  const send = async (method: "PUT" | "DELETE"): Promise<void> => {
    const position = onMap.value ? (place ?? one?.position ?? null) : null;
    try {
      await ask(path, method, method === "PUT" ? { name: name.value, group: group.value, position } : undefined);
      tell(method === "PUT" ? WORDS.isPublic : WORDS.isTakenBack);
      await onChanged();
    } catch (error) {
      tellProblem(error);
    }
  };
  return (
    <form class="side-part" onSubmit={submitting(() => send("PUT"))}>
      <h3>{say(WORDS.publicPage)}</h3>
      <p class="hint">{say(WORDS.publicMeans)}</p>
      <Field id="public-name" label={say(WORDS.publicName)} maxLength={120} value={name.value} onText={(text) => (name.value = text)} />
      <Field
        id="public-group"
        label={say(WORDS.publicGroup)}
        maxLength={120}
        autocomplete="off"
        list="public-groups"
        value={group.value}
        onText={(text) => (group.value = text)}
      >
        <datalist id="public-groups">
          {groups.map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
      </Field>
      {(place ?? one?.position) && (
        <label class="check">
          <input type="checkbox" checked={onMap.value} onChange={() => (onMap.value = !onMap.value)} />
          {say(WORDS.publicPlace)}
        </label>
      )}
      <div class="actions">
        <button type="submit" class="button" disabled={name.value.trim() === ""}>
          {say(one ? PAGE_WORDS.save : WORDS.publish)}
        </button>
        {one && (
          <>
            <button type="button" class="button" onClick={() => void send("DELETE")}>
              {say(WORDS.takeBack)}
            </button>
            <code class="quiet">/public/c/{one.public_id}</code>
          </>
        )}
      </div>
    </form>
  );
}
