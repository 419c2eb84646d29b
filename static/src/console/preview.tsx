/** The chosen camera: its still at once, then its live picture; never one that looks live and is not. */
import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { Away } from "../shared/page_head";
import { refusalOf } from "../shared/refusals";
import { language, mayDo, say, statesAsOf } from "../shared/session";
import { Sign, ToldSign } from "../shared/sign";
import { stateSince } from "../shared/state_words";
import { isWell } from "../shared/states";
import { NONE, type Still, useStill } from "../shared/stills";
import { clockText } from "../shared/time";
import { boxAfterKey, isWhole, panned, scaledAt, viewBox, WHOLE } from "../shared/zoombox";
import { carry } from "./carrying";
import { chosen, enlarged, isLarge, myWalls, selected, selectedCell, show } from "./desk";
import { focusOn } from "./enlarging";
import { Notices } from "./notices";
import type { Player } from "../shared/player";
import { usePlayer, watch } from "../shared/playing";
import { type Mark, markOf } from "./mark";
import { beginReplay, endReplay, isLeft, leaveReplay, refusal, replay, replayOver } from "./replaying";
import { saveSnapshot } from "./snapshot";
import { cameraById, refresh } from "../shared/site";
import type { Box, Camera } from "../shared/walls";
import { SteeringPad } from "./steering_pad";
import { WORDS } from "./words";

const LOOK_MS = 250;
/** So long after the first picture the server knows that the camera is live. */
const TOLD_MS = 1100;

export function Preview() {
  const camera = chosen.value === null ? undefined : cameraById.value.get(chosen.value);
  const section = useRef<HTMLElement>(null);
  const large = isLarge.value;
  useLayoutEffect(() => (large && section.current ? focusOn(section.current) : undefined), [large]);
  return (
    <section ref={section} class="preview" aria-label={say(WORDS.preview)}>
      {camera ? (
        <Picture key={camera.id} camera={camera} />
      ) : (
        <div class="stage vacant">
          <p>{say(WORDS.nothingChosen)}</p>
        </div>
      )}
      {large && (
        <div class="told">
          <Away />
          {myWalls.value?.map((wall) => <Notices key={wall.id} wall={wall} />)}
        </div>
      )}
    </section>
  );
}

function Picture({ camera }: { camera: Camera }) {
  const again = replay.value?.camera === camera.id ? replay.value : null;
  const live = enlarged.value ? camera.streams[0] : camera.streams.at(-1);
  const { player, refusal: refused } = usePlayer(again?.stream ?? live ?? null);
  const shown = player && isLeft(player.stream, again) ? null : player;
  const still = useSignal<Still>(NONE);
  const zoom = useSignal<Box>(WHOLE);
  const now = useSignal(performance.now());
  const place = useRef<HTMLDivElement>(null);
  useStill(camera.id, still);
  useEffect(() => {
    const timer = setInterval(() => (now.value = performance.now()), LOOK_MS);
    return () => {
      clearInterval(timer);
      leaveReplay(camera.id);
    };
  }, []);
  useEffect(() => {
    const video = shown?.video;
    place.current?.replaceChildren(...(video ? [video] : []));
    // Whoever looks at a camera has it pulled: its state is another one by now.
    const told = video && setTimeout(() => void refresh(), TOLD_MS);
    if (again && shown?.stream === again.stream) void shown.lost.then(() => replayOver(again));
    return () => clearTimeout(told ?? undefined);
  }, [shown]);
  useEffect(() => {
    if (again && refused) replayOver(again, refused);
  }, [refused]);
  useEffect(() => {
    shown?.video.style.setProperty("object-view-box", viewBox(zoom.value));
  }, [shown, zoom.value]);

  if (shown && !again) watch(shown, isWell(camera.state));
  const pictured = {
    state: camera.state,
    running: shown?.running ?? null,
    refusal: refused && refusalOf(refused),
    still: still.value.url !== null,
    stillAgeMs: still.value.takenMs === null ? null : Date.now() - still.value.takenMs,
  };
  const at = again && shown?.stream === again.stream && shown.firstAt !== null ? again.from_ms + now.value - shown.firstAt : null;
  const mark = at === null ? markOf(pictured, now.value, language.value) : replayMark(at);
  return (
    <>
      <div
        class={`stage${mark.old ? " old" : ""}${shown ? " playing" : ""}`}
        role="group"
        tabIndex={0}
        aria-label={`${camera.name}: ${mark.words}`}
        data-mark={at === null ? mark.state : "replay"}
        onDblClick={() => (enlarged.value = !enlarged.value)}
        onWheel={(event) => {
          event.preventDefault();
          zoom.value = scaledAt(zoom.value, event.deltaY > 0 ? 1.25 : 0.8, fractions(event));
        }}
        onPointerDown={(event) => pan(event, zoom)}
        onKeyDown={(event) => {
          const next = event.ctrlKey || event.altKey ? null : boxAfterKey(zoom.value, event.key);
          if (!next || (isWhole(zoom.value) && event.key.startsWith("Arrow"))) return;
          event.preventDefault();
          zoom.value = next;
        }}
      >
        {still.value.url && (
          <img src={still.value.url} alt="" draggable={false} style={{ objectViewBox: viewBox(zoom.value) }} />
        )}
        {!still.value.url && !shown && <p class="no-picture">{say(WORDS.noStill)}</p>}
        <div ref={place} class="video" />
        {at === null && shown && !camera.masked && mayDo("cameras.steer") && <SteeringPad camera={camera.id} />}
        <p class={`mark${mark.old ? " old" : ""}`}>
          <Sign state={mark.state} />
          <span>
            <span role="status">{mark.words}</span>
            {mark.age}
          </span>
        </p>
        {!isWhole(zoom.value) && (
          <button type="button" class="button zoom-back" onClick={() => (zoom.value = WHOLE)}>
            {say(WORDS.zoomed)} {(10_000 / zoom.value.w).toFixed(1)}× · {say(WORDS.zoomOut)}
          </button>
        )}
      </div>
      <About camera={camera} />
      <Actions camera={camera} player={shown} at={at} />
    </>
  );
}

function replayMark(at: number): Mark {
  return { state: "stale", words: say(WORDS.replaying), age: ` ${clockText(at, language.value)}`, old: false };
}

function About({ camera }: { camera: Camera }) {
  const risk = camera.risk !== "green" && say(WORDS[camera.risk]);
  const where = [camera.district, camera.village, camera.lorong, risk].filter(Boolean).join(" · ");
  return (
    <div class="about">
      <h2>
        <span class={`risk ${camera.risk}`} title={say(WORDS[camera.risk])} />
        {camera.name}
      </h2>
      <p class="quiet">{where}</p>
      <p class="how">
        <ToldSign state={camera.state} />
        <span>{stateSince(camera, Date.now(), language.value, statesAsOf.value)}</span>
      </p>
    </div>
  );
}

function Actions({ camera, player, at }: { camera: Camera; player: Player | null; at: number | null }) {
  const said = useSignal<string | null>(null);
  const cell = selectedCell.value;
  const save = async (): Promise<void> => {
    const taken = at ?? Date.now() - (player?.running.ageMs(performance.now()) ?? 0);
    const saved = await saveSnapshot(camera.id, player?.video ?? null, taken);
    said.value = say(saved ? WORDS.snapshotSaved : WORDS.noSnapshot);
    setTimeout(() => (said.value = null), 4000);
  };
  return (
    <div class="actions">
      {mayDo("cells.arrange") && (
        <button
          type="button"
          class="button primary"
          onClick={() => {
            if (cell && selected.value) void show(camera.id, selected.value);
            else carry(camera.id);
          }}
        >
          {cell ? `${say(WORDS.putInCell)} ${cell.display.name}, ${cell.number}` : say(WORDS.putOnWall)}
        </button>
      )}
      <button type="button" class="button" id="enlarge" onClick={() => (enlarged.value = !enlarged.value)}>
        {say(enlarged.value ? WORDS.smaller : WORDS.enlarge)}
      </button>
      {mayDo("cameras.replay") && (
        <button type="button" class="button" id="replay" onClick={() => (at === null ? void beginReplay(camera.id) : endReplay())}>
          {say(at === null ? WORDS.replay : WORDS.backToLive)}
        </button>
      )}
      <button type="button" class="button" id="snapshot" onClick={() => void save()}>
        {say(WORDS.snapshot)}
      </button>
      {(said.value ?? refusal.value) && (
        <p class="said quiet" role="status">
          {said.value ?? (refusal.value && say(refusal.value))}
        </p>
      )}
    </div>
  );
}

function fractions(event: MouseEvent): readonly [number, number] {
  const area = (event.currentTarget as HTMLElement).getBoundingClientRect();
  return [(event.clientX - area.left) / area.width, (event.clientY - area.top) / area.height];
}

/** The zoomed picture follows the pointer. */
function pan(down: PointerEvent, zoom: { value: Box }): void {
  if (down.button !== 0 || isWhole(zoom.value) || (down.target as Element).closest("button")) return;
  const stage = down.currentTarget as HTMLElement;
  const area = stage.getBoundingClientRect();
  const from = zoom.value;
  const ended = new AbortController();
  const { signal } = ended;
  stage.setPointerCapture(down.pointerId);
  stage.addEventListener(
    "pointermove",
    (to) => (zoom.value = panned(from, (to.clientX - down.clientX) / area.width, (to.clientY - down.clientY) / area.height)),
    { signal },
  );
  for (const end of ["pointerup", "pointercancel"] as const) stage.addEventListener(end, () => ended.abort(), { signal });
}
