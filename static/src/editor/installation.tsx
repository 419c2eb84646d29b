import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { Confirm } from "../shared/confirm";
import { Connection } from "../shared/connection";
import type { Place } from "../shared/hang";
import { inBoth } from "../shared/language";
import { PAGE_WORDS } from "../shared/page_words";
import { say } from "../shared/session";
import { displayFacts, walls } from "../shared/site";
import { submitting } from "../shared/submitting";
import type { Display, Wall } from "../shared/walls";
import { DisplayFieldset } from "./display_fieldset";
import { isForDraft } from "./drafts";
import { useFields } from "./fields";
import { INSTALL_WORDS as WORDS } from "./install_words";
import { adding, changing, displayFields, nextDisplay } from "./installing";
import { isWhole } from "./now";
import { isHung, isOpened, opened, openedDisplay, openedPlace } from "./opened";
import { busy, openUp, perform, wall } from "./store";
import { WallForm } from "./wall_form";

/** A display, a new one, or the wall itself: where it hangs, how large it is, what it is called. */
export function Installation() {
  const [on, display, fresh] = [wall.value, openedDisplay.value, openedPlace.value];
  const section = useRef<HTMLElement>(null);
  // Who opened it goes on there; before anything else is typed.
  useLayoutEffect(() => section.current?.querySelector<HTMLElement>("input")?.focus(), [opened.value]);
  if (!on || !isOpened.value || !isWhole.value) return null;
  return (
    <section ref={section} class="installation">
      {opened.value === "wall" && <WallForm on={on} onClose={close} />}
      {display && <DisplayForm key={display.id} on={on} display={display} />}
      {fresh && <NewDisplay key={JSON.stringify(fresh.place)} on={on} place={fresh.place} />}
    </section>
  );
}

/** Back to where it was opened. */
function close(): void {
  const from = openedDisplay.value;
  openUp(null);
  const place = from ? `display-${from.id}` : null;
  if (place) requestAnimationFrame(() => document.getElementById(place)?.focus());
}

function DisplayForm({ on, display }: { on: Wall; display: Display }) {
  const [fields, set] = useFields(displayFields(display));
  const command = changing(display, fields);
  const facts = displayFacts.value.get(display.id);
  const save = (): void => {
    if (command) void perform(command, inBoth`${WORDS.changed}: ${fields.name.trim()}`);
  };
  return (
    <>
      <h2>
        {on.displays.indexOf(display) + 1} · {display.name}
      </h2>
      {facts && (
        <div class="connection-line">
          <Connection display={display} facts={facts} />
        </div>
      )}
      {!isHung(display.id) && <p class="quiet not-yet">{say(WORDS.notYet)}</p>}
      <form class="form" onSubmit={submitting(save)}>
        <DisplayFieldset on={on} display={display} fields={fields} set={set} />
        <div class="task-actions">
          <button type="submit" class="button primary" disabled={!command || busy.value}>
            {say(PAGE_WORDS.save)}
          </button>
          <button type="button" class="button" onClick={close}>
            {say(PAGE_WORDS.close)}
          </button>
        </div>
      </form>
      <TakeOff display={display} />
    </>
  );
}

function TakeOff({ display }: { display: Display }) {
  const asking = useSignal(false);
  const command = { type: "remove_display", display: display.id } as const;
  const takeOff = async (): Promise<void> => {
    const done = await perform(command, inBoth`${WORDS.takenOff}: ${display.name}`);
    if (done) openUp(null);
  };
  return (
    <>
      <button type="button" class="button danger take-off" onClick={() => (asking.value = true)}>
        {say(WORDS.takeOff)}
      </button>
      {asking.value && (
        <Confirm
          title={`${say(WORDS.takeOff)}: ${display.name}`}
          does={say(WORDS.takeOff)}
          onYes={() => void takeOff()}
          onClose={() => (asking.value = false)}
        >
          <p>{say(WORDS.takeOffWhat)}</p>
          <p class="quiet">{say(isForDraft(command) ? WORDS.takeOffDraft : WORDS.takeOffBack)}</p>
        </Confirm>
      )}
    </>
  );
}

function NewDisplay({ on, place }: { on: Wall; place: Place | null }) {
  const [fields, set] = useFields(displayFields(nextDisplay(on, say(WORDS.display), place)));
  const add = async (): Promise<void> => {
    const taken = [on, ...(walls.value ?? [])].flatMap(({ displays }) => displays.map(({ id }) => id));
    const command = adding(on, fields, taken);
    const done = await perform(command, inBoth`${WORDS.added}: ${fields.name.trim()}`);
    const made = command.type === "several" ? command.commands.at(-1) : command;
    if (done && made?.type === "add_display") openUp({ display: made.display });
  };
  return (
    <>
      <h2>{say(WORDS.addDisplay)}</h2>
      <form class="form" onSubmit={submitting(add)}>
        <DisplayFieldset on={on} display={null} fields={fields} set={set} />
        <div class="task-actions">
          <button type="submit" class="button primary" disabled={busy.value}>
            {say(WORDS.add)}
          </button>
          <button type="button" class="button" onClick={close}>
            {say(PAGE_WORDS.cancel)}
          </button>
        </div>
      </form>
    </>
  );
}
