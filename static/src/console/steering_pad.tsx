/** Over the live picture of a camera that can be turned: hold to move, let go to stop. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { Said } from "../shared/language";
import { language, mayDo, say } from "../shared/session";
import { clockText } from "../shared/time";
import { type Velocity, velocityOf } from "./moving";
import { type Abilities, padIsOpen, Steered } from "./steering";
import { STEERING_WORDS as WORDS } from "./steering_words";

/** Right and up are positive. */
const WAYS: readonly (readonly [pan: number, tilt: number, words: Said])[] = [
  [-1, 1, WORDS.upLeft],
  [0, 1, WORDS.up],
  [1, 1, WORDS.upRight],
  [-1, 0, WORDS.left],
  [1, 0, WORDS.right],
  [-1, -1, WORDS.downLeft],
  [0, -1, WORDS.down],
  [1, -1, WORDS.downRight],
];

export function SteeringPad({ camera }: { camera: string }) {
  const steered = useMemo(() => new Steered(camera), [camera]);
  useEffect(() => {
    const ended = new AbortController();
    const { signal } = ended;
    const releaseAll = (): void => steered.releaseAll();
    steered.keepLooking(signal).catch(() => undefined);
    window.addEventListener("blur", releaseAll, { signal });
    window.addEventListener("pagehide", releaseAll, { signal });
    document.addEventListener("visibilitychange", releaseAll, { signal });
    return () => {
      ended.abort();
      releaseAll();
    };
  }, [steered]);
  const opened = useRef(false);
  const can = steered.can.value;
  if (!can) return null;
  if (padIsOpen.value) return <Pad steered={steered} can={can} opened={opened} />;
  return (
    <button type="button" id="steer" class="button" aria-expanded={false} onClick={() => (opened.current = padIsOpen.value = true)}>
      {say(WORDS.open)}
    </button>
  );
}

interface PadParts {
  readonly steered: Steered;
  readonly can: Abilities;
  /** By somebody just now, who wants its keys; not by going to another camera. */
  readonly opened: { current: boolean };
}

function Pad({ steered, can, opened }: PadParts) {
  const pad = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (opened.current) pad.current?.focus();
    opened.current = false;
    return () => steered.releaseAll();
  }, []);
  const other = steered.held.value?.mine === false && !steered.takingOver.value;
  const close = (): void => {
    padIsOpen.value = false;
    pad.current?.closest<HTMLElement>(".stage")?.focus();
  };
  const onKey = (event: KeyboardEvent): void => {
    const { code, key, repeat, target } = event;
    const wants = event.ctrlKey || event.altKey ? null : velocityOf(key);
    if (target instanceof HTMLSelectElement && key !== "Escape") event.stopPropagation();
    else if (wants || key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      if (!wants) close();
      else if (!repeat && !other) steered.press(wants, code);
    }
  };
  const button = (row: number, column: number, velocity: Velocity, words: Said, picture: ComponentChildren) => (
    <button
      key={`${row} ${column}`}
      type="button"
      class="button"
      style={{ gridArea: `${row} / ${column}` }}
      aria-label={say(words)}
      title={say(words)}
      aria-disabled={other}
      onPointerDown={(event) => {
        if (event.button !== 0 || other) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        steered.press(velocity);
      }}
      onPointerUp={() => steered.release()}
      onLostPointerCapture={() => steered.release()}
      onKeyDown={(event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        if (!event.repeat && !other) steered.press(velocity, event.code);
      }}
    >
      {picture}
    </button>
  );
  return (
    <div
      ref={pad}
      class="steering"
      role="group"
      tabIndex={0}
      aria-label={say(WORDS.steer)}
      onKeyDown={onKey}
      onKeyUp={(event) => steered.release(event.code)}
      onFocusOut={() => steered.releaseAll(true)}
      onPointerDown={(event) => event.stopPropagation()}
      onDblClick={(event) => event.stopPropagation()}
      onWheel={(event) => event.stopPropagation()}
    >
      <div class="steering-side">
        <button type="button" class="button plain" onClick={close}>
          {say(WORDS.close)}
        </button>
        <Who steered={steered} />
        {can.presets.length > 0 && <Places steered={steered} can={can} other={other} />}
      </div>
      <div class="ways">
        {WAYS.filter(([pan, tilt]) => (!pan || can.pan) && (!tilt || can.tilt)).map(([pan, tilt, words]) =>
          button(2 - tilt, 2 + pan, { pan, tilt, zoom: 0 }, words, <Arrow pan={pan} tilt={tilt} />),
        )}
        <button
          type="button"
          class="button stop"
          aria-label={say(WORDS.stop)}
          title={say(WORDS.stop)}
          aria-disabled={other}
          onClick={() => !other && steered.halt()}
        >
          <svg viewBox="-10 -10 20 20" aria-hidden="true">
            <path d="M-4-4h8v8h-8z" class="filled" />
          </svg>
        </button>
        {can.zoom && button(1, 5, { pan: 0, tilt: 0, zoom: 1 }, WORDS.nearer, <Line d="M-5 0H5M0-5V5" />)}
        {can.zoom && button(3, 5, { pan: 0, tilt: 0, zoom: -1 }, WORDS.farther, <Line d="M-5 0H5" />)}
      </div>
    </div>
  );
}

/** Who steers it, if somebody does; why the last move was not done. */
function Who({ steered }: { steered: Steered }) {
  const held = steered.held.value;
  const refused = steered.refused.value;
  if (held?.mine === false) {
    const taking = steered.takingOver.value;
    return (
      <div role="status">
        <p>{taking ? `${say(WORDS.takesOver)} ${held.by}.` : `${held.by} ${say(WORDS.steers)} ${clockText(held.until_ms, language.value)}.`}</p>
        {mayDo("cameras.take") && (
          <button type="button" class="button" aria-pressed={taking} onClick={() => (steered.takingOver.value = !taking)}>
            {say(WORDS.takeOver)}
          </button>
        )}
      </div>
    );
  }
  return <p role={refused ? "alert" : "status"}>{refused ? say(refused) : held && say(WORDS.yours)}</p>;
}

/** A list that is gone through by keys sends the camera nowhere yet. */
function Places({ steered, can, other }: { steered: Steered; can: Abilities; other: boolean }) {
  const chosen = useSignal("");
  return (
    <form
      class="places"
      onSubmit={(event) => {
        event.preventDefault();
        if (!other) void steered.goTo(chosen.value);
      }}
    >
      <select class="field" aria-label={say(WORDS.places)} value={chosen.value} onChange={(event) => (chosen.value = event.currentTarget.value)}>
        <option value="">{say(WORDS.places)}</option>
        {can.presets.map(({ token, name }) => (
          <option key={token} value={token}>
            {name}
          </option>
        ))}
      </select>
      <button type="submit" class="button" disabled={chosen.value === ""} aria-disabled={other}>
        {say(WORDS.goTo)}
      </button>
    </form>
  );
}

function Arrow({ pan, tilt }: { pan: number; tilt: number }) {
  const turned = (Math.atan2(pan, tilt) * 180) / Math.PI;
  return <Line d="M0 5V-5M-4-1 0-5 4-1" transform={`rotate(${turned})`} />;
}

function Line(drawn: { d: string; transform?: string }) {
  return (
    <svg viewBox="-10 -10 20 20" aria-hidden="true">
      <path {...drawn} />
    </svg>
  );
}
