import { useSignal } from "@preact/signals";
import { Field } from "../shared/field";
import { ask } from "../shared/http";
import { dateTime } from "../shared/moments";
import { language, say } from "../shared/session";
import { siteClock } from "../shared/site_clock";
import { submitting } from "../shared/submitting";
import type { Entry } from "./entry";
import { readAgain, tell, tellProblem } from "./store";
import { WORDS } from "./words";

interface Properties {
  /** Of the camera, in the API. */
  readonly path: string;
  readonly off: Entry["off"];
  readonly onChanged: () => void;
}

/** Off with a reason and, if somebody says so, until a time; and on again. */
export function SwitchedOff({ path, off, onChanged }: Properties) {
  const reason = useSignal("");
  const until = useSignal("");
  const send = async (method: "PUT" | "DELETE"): Promise<void> => {
    const body = method === "PUT" ? { reason: reason.value, until_ms: siteClock.instantOfField(until.value) } : undefined;
    try {
      await ask(`${path}/off`, method, body);
      await readAgain();
      tell(method === "PUT" ? WORDS.isOff : WORDS.isOn);
      onChanged();
    } catch (error) {
      tellProblem(error);
    }
  };
  if (off !== null) {
    const end = off.until_ms === null ? say(WORDS.untilSwitchedOn) : `${say(WORDS.until)} ${dateTime(off.until_ms, language.value)}`;
    return (
      <section class="side-part">
        <h3>{say(WORDS.switchedOff)}</h3>
        <p>
          {off.reason} <span class="quiet">({off.by}, {end})</span>
        </p>
        <button type="button" class="button" onClick={() => void send("DELETE")}>
          {say(WORDS.switchOn)}
        </button>
      </section>
    );
  }
  return (
    <form class="side-part" onSubmit={submitting(() => send("PUT"))}>
      <h3>{say(WORDS.switchOff)}</h3>
      <Field id="off-reason" label={say(WORDS.reason)} maxLength={120} value={reason.value} onText={(text) => (reason.value = text)} />
      <Field
        id="off-until"
        label={say(WORDS.untilOptional)}
        type="datetime-local"
        value={until.value}
        onText={(text) => (until.value = text)}
      />
      <button type="submit" class="button" disabled={reason.value.trim() === ""}>
        {say(WORDS.switchOff)}
      </button>
    </form>
  );
}
