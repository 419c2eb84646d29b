import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { say } from "../shared/session";
import {
  LEAST_POINTS,
  type Mask,
  MOST_POINTS,
  moved,
  pathOf,
  type Point,
  pointAt,
  stepped,
  WHOLE,
  withoutPoint,
  withPoint,
} from "./polygons";
import { WORDS } from "./words";

/** As wide as a still is asked for; of a camera that is not pulled there is a small one. */
const STILL_WIDTH = 1280;
/** How soon a still is asked for again where there is none yet. */
const AGAIN_MS = 3000;
/** How near the first point a click closes the polygon, in pixels. */
const CLOSE_PX = 12;

export interface Drawing {
  readonly masks: Signal<readonly Mask[]>;
  readonly chosen: Signal<number | null>;
  /** The points of a mask that is being drawn; null: none is. */
  readonly begun: Signal<readonly Point[] | null>;
}

/** A still of the camera with its masks over it: drawn point by point, dragged, moved by keys. */
export function MaskPicture({ camera, drawing, looked }: { camera: string; drawing: Drawing; looked: number }) {
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
    if (response?.ok) return response.blob().catch(() => null);
  }
  return null;
}
