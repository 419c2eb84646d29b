import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { ask } from "../shared/http";
import { PAGE_WORDS } from "../shared/page_words";
import { language, say } from "../shared/session";
import { dateTime } from "./moments";
import {
  LEAST_POINTS,
  type Mask,
  MOST_MASKS,
  MOST_POINTS,
  moved,
  pathOf,
  type Point,
  pointAt,
  rectangle,
  stepped,
  type Style,
  WHOLE,
  withMore,
  withoutPoint,
  withPoint,
} from "./polygons";
import { cameras, readAgain, tell, tellProblem } from "./store";
import { WORDS } from "./words";

/** As wide as a still is asked for; of a camera that is not pulled there is a small one. */
const STILL_WIDTH = 1280;
/** How soon a still is asked for again where there is none yet. */
const AGAIN_MS = 3000;
/** How near the first point a click closes the polygon, in pixels. */
const CLOSE_PX = 12;

interface Told {
  readonly masks: readonly Mask[];
  readonly made_by: string | null;
  readonly made_ms: number | null;
}

interface Drawing {
  readonly masks: Signal<readonly Mask[]>;
  readonly chosen: Signal<number | null>;
  /** The points of a mask that is being drawn; null: none is. */
  readonly begun: Signal<readonly Point[] | null>;
}

/** What of a camera nobody may see, drawn over a still of it. */
export function Masks({ camera }: { camera: string }) {
  const told = useSignal<Told | null>(null);
  const masks = useSignal<readonly Mask[]>([]);
  const chosen = useSignal<number | null>(null);
  const begun = useSignal<readonly Point[] | null>(null);
  const looked = useSignal(0);
  const path = `/api/cameras/${encodeURIComponent(camera)}/masks`;
  const read = async (): Promise<void> => {
    try {
      told.value = await ask<Told>(path);
      masks.value = told.value.masks;
      looked.value += 1;
    } catch (error) {
      tellProblem(error);
    }
  };
  useEffect(() => void read(), []);
  const save = async (): Promise<void> => {
    try {
      await ask(path, "PUT", { masks: masks.value });
      tell(masks.value.length > 0 ? WORDS.masksSaved : WORDS.masksGone);
      await Promise.all([read(), readAgain()]);
    } catch (error) {
      tellProblem(error);
    }
  };
  const isOther = told.value !== null && JSON.stringify(told.value.masks) !== JSON.stringify(masks.value);
  const name = cameras.value?.find(({ id }) => id === camera)?.name ?? camera;
  const drawing: Drawing = { masks, chosen, begun };
  if (told.value === null) return <p class="sentence">{say(PAGE_WORDS.loading)}</p>;
  return (
    <section class="masks">
      <div class="masks-picture">
        <header class="bar">
          <h2>
            {say(WORDS.masks)}: {name}
          </h2>
          <a class="button plain" href={`#cameras/${encodeURIComponent(camera)}`}>
            {say(WORDS.backToCamera)}
          </a>
        </header>
        <Picture camera={camera} drawing={drawing} looked={looked.value} />
        <p class="quiet">{say(begun.value === null ? WORDS.masksHow : WORDS.drawingHow)}</p>
      </div>
      <aside class="side" aria-label={say(WORDS.masks)}>
        <Tools drawing={drawing} />
        <div class="side-part">
          <p class="quiet">{say(WORDS.masksMean)}</p>
          {told.value.made_ms !== null && (
            <p class="quiet">
              {say(WORDS.lastSaid)} {told.value.made_by}, {dateTime(told.value.made_ms, language.value)}
            </p>
          )}
          <div class="actions">
            <button type="button" class="button primary" disabled={!isOther || begun.value !== null} onClick={() => void save()}>
              {say(WORDS.save)}
            </button>
            <button
              type="button"
              class="button"
              disabled={!isOther && begun.value === null}
              onClick={() => {
                masks.value = told.value?.masks ?? [];
                [chosen.value, begun.value] = [null, null];
              }}
            >
              {say(WORDS.discard)}
            </button>
            {isOther && <span class="quiet">{say(WORDS.notSaved)}</span>}
          </div>
        </div>
      </aside>
    </section>
  );
}

/** The masks by number: their style, another point, away with them. */
function Tools({ drawing }: { drawing: Drawing }) {
  const { masks, chosen, begun } = drawing;
  const isFull = masks.value.length >= MOST_MASKS;
  const change = (at: number, mask: Mask): void => {
    masks.value = masks.value.with(at, mask);
  };
  return (
    <div class="side-part">
      <div class="actions">
        <button
          type="button"
          class="button"
          disabled={isFull}
          aria-pressed={begun.value !== null}
          onClick={() => {
            begun.value = begun.value === null ? [] : null;
            chosen.value = null;
          }}
        >
          {say(begun.value === null ? WORDS.drawMask : WORDS.cancelDrawing)}
        </button>
        <button
          type="button"
          class="button"
          disabled={isFull || begun.value !== null}
          onClick={() => {
            masks.value = [...masks.value, rectangle()];
            chosen.value = masks.value.length - 1;
          }}
        >
          {say(WORDS.addRectangle)}
        </button>
      </div>
      {masks.value.length === 0 && <p class="quiet">{say(WORDS.noMasks)}</p>}
      <ol class="mask-list">
        {masks.value.map((mask, at) => (
          <li key={at} class={chosen.value === at ? "chosen" : ""}>
            <button type="button" class="button plain" aria-pressed={chosen.value === at} onClick={() => (chosen.value = at)}>
              {say(WORDS.mask)} {at + 1}
            </button>
            <label class="visually-hidden" for={`style-${at}`}>
              {say(WORDS.style)}
            </label>
            <select
              id={`style-${at}`}
              class="field"
              value={mask.style}
              onChange={(event) => change(at, { ...mask, style: event.currentTarget.value as Style })}
            >
              <option value="solid">{say(WORDS.solid)}</option>
              <option value="pixelated">{say(WORDS.pixelated)}</option>
            </select>
            <button
              type="button"
              class="button plain"
              title={say(WORDS.addPoint)}
              aria-label={`${say(WORDS.addPoint)} (${at + 1})`}
              disabled={mask.points.length >= MOST_POINTS}
              onClick={() => {
                chosen.value = at;
                change(at, withMore(mask));
              }}
            >
              +
            </button>
            <button
              type="button"
              class="button plain"
              title={say(WORDS.remove)}
              aria-label={`${say(WORDS.remove)} (${at + 1})`}
              onClick={() => {
                masks.value = masks.value.toSpliced(at, 1);
                chosen.value = null;
              }}
            >
              ×
            </button>
          </li>
        ))}
      </ol>
    </div>
  );
}

function Picture({ camera, drawing, looked }: { camera: string; drawing: Drawing; looked: number }) {
  const { masks, chosen, begun } = drawing;
  const box = useRef<HTMLDivElement>(null);
  const still = useStill(camera, looked);
  const hover = useSignal<Point | null>(null);
  const aspect = useSignal(16 / 9);
  const at = (event: MouseEvent): Point =>
    pointAt(event.clientX, event.clientY, box.current?.getBoundingClientRect() ?? { left: 0, top: 0, width: 1, height: 1 });

  const finish = (): void => {
    const points = begun.value ?? [];
    begun.value = null;
    if (points.length < LEAST_POINTS) return;
    masks.value = [...masks.value, { points, style: "solid" }];
    chosen.value = masks.value.length - 1;
  };
  const click = (event: MouseEvent): void => {
    const points = begun.value;
    if (points === null) return;
    const first = points[0];
    if (first && points.length >= LEAST_POINTS && isNear(first, event)) finish();
    else begun.value = [...points, at(event)];
    if ((begun.value?.length ?? 0) >= MOST_POINTS) finish();
  };
  const isNear = ([x, y]: Point, event: MouseEvent): boolean => {
    const rect = box.current?.getBoundingClientRect();
    if (!rect) return false;
    const [px, py] = [rect.left + (x / WHOLE) * rect.width, rect.top + (y / WHOLE) * rect.height];
    return Math.hypot(px - event.clientX, py - event.clientY) < CLOSE_PX;
  };
  useEffect(() => {
    const ended = new AbortController();
    document.addEventListener(
      "keydown",
      (event) => {
        if (begun.value === null) return;
        if (event.key === "Escape") begun.value = null;
        else if (event.key === "Enter" && !(event.target instanceof HTMLButtonElement)) finish();
      },
      { signal: ended.signal },
    );
    return () => ended.abort();
  }, []);
  const points = begun.value;
  return (
    <div
      ref={box}
      class={points === null ? "still-box" : "still-box is-drawing"}
      style={{ "--aspect": aspect.value }}
      onClick={click}
      onPointerMove={(event) => {
        if (begun.value) hover.value = at(event);
      }}
    >
      {still.value ? (
        <img
          src={still.value}
          alt={say(WORDS.stillOf)}
          onLoad={({ currentTarget: { naturalWidth, naturalHeight } }) => (aspect.value = naturalWidth / naturalHeight)}
        />
      ) : (
        <p class="sentence">{say(WORDS.noStill)}</p>
      )}
      <svg viewBox={`0 0 ${WHOLE} ${WHOLE}`} preserveAspectRatio="none" aria-hidden="true">
        {masks.value.map((mask, index) => (
          <polygon
            key={index}
            class={`mask-shape ${mask.style} ${chosen.value === index ? "chosen" : ""}`}
            points={pathOf(mask.points)}
            onPointerDown={(event) => {
              if (begun.value === null) dragWhole(event, drawing, index, at);
            }}
          />
        ))}
        {points && <polyline class="mask-begun" points={pathOf(hover.value ? [...points, hover.value] : points)} />}
      </svg>
      {points?.map(([x, y], index) => <i key={index} class="mask-dot" style={placed(x, y)} />)}
      {points === null && chosen.value !== null && <Handles drawing={drawing} mask={chosen.value} at={at} />}
    </div>
  );
}

/** The corners of the mask that was chosen: to be dragged, or moved with arrow keys. */
function Handles({ drawing, mask: index, at }: { drawing: Drawing; mask: number; at: (event: MouseEvent) => Point }) {
  const { masks } = drawing;
  const mask = masks.value[index];
  if (!mask) return null;
  const put = (corner: number, point: Point): void => {
    const now = masks.value[index];
    if (now) masks.value = masks.value.with(index, withPoint(now, corner, point));
  };
  return (
    <>
      {mask.points.map((point, corner) => (
        <button
          key={corner}
          type="button"
          class="mask-handle"
          style={placed(...point)}
          aria-label={`${say(WORDS.corner)} ${corner + 1}`}
          onPointerDown={(event) => drag(event, (moving) => put(corner, at(moving)))}
          onKeyDown={(event) => {
            const next = stepped(point, event.key, event.shiftKey);
            if (next) put(corner, next);
            else if (event.key === "Delete") masks.value = masks.value.with(index, withoutPoint(mask, corner));
            else return;
            event.preventDefault();
          }}
        />
      ))}
    </>
  );
}

function dragWhole(event: PointerEvent, { masks, chosen }: Drawing, index: number, at: (event: MouseEvent) => Point): void {
  chosen.value = index;
  const before = masks.value[index];
  const [x, y] = at(event);
  if (!before) return;
  drag(event, (moving) => {
    const [nowX, nowY] = at(moving);
    masks.value = masks.value.with(index, moved(before, [nowX - x, nowY - y]));
  });
}

/** Calls `onMove` until the pointer is let go. */
function drag(event: PointerEvent, onMove: (event: PointerEvent) => void): void {
  const element = event.currentTarget;
  if (!(element instanceof Element)) return;
  element.setPointerCapture(event.pointerId);
  const ended = new AbortController();
  const { signal } = ended;
  element.addEventListener("pointermove", (moving) => onMove(moving as PointerEvent), { signal });
  for (const end of ["pointerup", "pointercancel"]) element.addEventListener(end, () => ended.abort(), { signal });
}

function placed(x: number, y: number): { left: string; top: string } {
  return { left: `${(x / WHOLE) * 100}%`, top: `${(y / WHOLE) * 100}%` };
}

/** A still of the camera as an object URL, large where it is pulled; read anew when `looked` is another number. */
function useStill(camera: string, looked: number): Signal<string | null> {
  const url = useSignal<string | null>(null);
  useEffect(() => {
    const ended = new AbortController();
    let timer = 0;
    const look = async (): Promise<void> => {
      const picture = await newest(camera, ended.signal);
      if (ended.signal.aborted) return;
      if (picture) url.value = URL.createObjectURL(picture);
      else timer = window.setTimeout(() => void look(), AGAIN_MS);
    };
    void look();
    return () => {
      ended.abort();
      clearTimeout(timer);
      if (url.value !== null) URL.revokeObjectURL(url.value);
    };
  }, [looked]);
  return url;
}

async function newest(camera: string, signal: AbortSignal): Promise<Blob | null> {
  const path = `/api/cameras/${encodeURIComponent(camera)}/still`;
  for (const asked of [`${path}?width=${STILL_WIDTH}`, path]) {
    const response = await fetch(asked, { signal }).catch(() => null);
    if (response?.ok) return response.blob();
  }
  return null;
}
