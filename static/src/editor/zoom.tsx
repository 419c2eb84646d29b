import { useSignal } from "@preact/signals";
import type { Box, Cell, Display } from "../shared/walls";
import { say } from "../shared/session";
import { change } from "./store";
import { cameraById } from "../shared/site";
import { isDead } from "../shared/states";
import { StillPicture } from "../shared/still_picture";
import { WORDS } from "./words";
import { boxAfterKey, boxBetween, isWhole, WHOLE } from "../shared/zoombox";

/** The camera's whole picture, and on it the part that the cell shows: to be drawn anew. */
export function ZoomBox({ display, cell, camera, shut }: { display: Display; cell: Cell; camera: string; shut: boolean }) {
  const drawing = useSignal<Box | null>(null);
  const box = drawing.value ?? cell.zoom ?? WHOLE;
  const set = (wanted: Box): void => {
    if (!shut) change({ zoom: wanted }, isWhole(wanted) ? WORDS.whole : WORDS.zoom);
  };
  const draw = (down: PointerEvent): void => {
    if (shut || down.button !== 0) return;
    const picture = down.currentTarget as HTMLElement;
    const area = picture.getBoundingClientRect();
    const at = ({ clientX, clientY }: PointerEvent) =>
      [(clientX - area.left) / area.width, (clientY - area.top) / area.height] as const;
    const from = at(down);
    const ended = new AbortController();
    const { signal } = ended;
    const end = (): void => {
      ended.abort();
      drawing.value = null;
    };
    picture.setPointerCapture(down.pointerId);
    picture.addEventListener("pointermove", (to) => (drawing.value = boxBetween(from, at(to))), { signal });
    picture.addEventListener("pointercancel", end, { signal });
    picture.addEventListener(
      "pointerup",
      () => {
        const drawn = drawing.value;
        end();
        if (drawn) set(drawn);
      },
      { signal },
    );
  };
  return (
    <div>
      <div class="zoom-head">
        <span>{say(WORDS.zoom)}</span>
        {!isWhole(box) && (
          <button type="button" class="button plain" disabled={shut} onClick={() => set(WHOLE)}>
            {say(WORDS.whole)}
          </button>
        )}
      </div>
      <div
        class="zoom"
        role="group"
        tabIndex={0}
        aria-disabled={shut}
        aria-label={`${say(WORDS.zoom)}. ${say(WORDS.zoomHow)}`}
        onPointerDown={draw}
        onKeyDown={(event) => {
          const next = boxAfterKey(box, event.key);
          if (!next) return;
          event.preventDefault();
          event.stopPropagation();
          set(next);
        }}
        key={`${display.id} ${cell.id}`}
      >
        <StillPicture key={camera} camera={camera} dead={isDead(cameraById.value.get(camera)?.state)} fit="fill" none={say(WORDS.noStill)} />
        {!isWhole(box) && (
          <span
            class="zoom-box"
            style={{ left: `${box.x / 100}%`, top: `${box.y / 100}%`, width: `${box.w / 100}%`, height: `${box.h / 100}%` }}
          />
        )}
      </div>
      {!shut && <p class="quiet hint">{say(WORDS.zoomHow)}</p>}
    </div>
  );
}
