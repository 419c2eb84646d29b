/** Where a video stands, as styles; and the same as a drawing, for a picture of the screen. */
import { type Rect, type Size, WHOLE } from "./geometry";
import { placeAt } from "./overlay";
import type { VideoPlace } from "./scene";

/** Sets a video's place. A share of a picture is the whole of it, laid over several displays and cut to the cell. */
export function placeVideo(video: HTMLVideoElement, place: VideoPlace): void {
  placeAt(video, place.span ?? place.rect, place.z);
  const { style } = video;
  style.objectFit = place.fit;
  style.setProperty("object-view-box", place.zoom ? viewBox(place.zoom) : "none");
  style.clipPath = place.span ? cutTo(place.span, place.rect) : "none";
}

/** CSS `object-view-box` that shows this part of a picture (fractions of it). */
export function viewBox({ x, y, w, h }: Rect): string {
  return `inset(${percent(y)} ${percent(1 - x - w)} ${percent(1 - y - h)} ${percent(x)})`;
}

/** CSS `clip-path` that leaves of `whole` what lies on `cell`. */
export function cutTo(whole: Rect, cell: Rect): string {
  const top = (cell.y - whole.y) / whole.h;
  const left = (cell.x - whole.x) / whole.w;
  const right = (whole.x + whole.w - cell.x - cell.w) / whole.w;
  const bottom = (whole.y + whole.h - cell.y - cell.h) / whole.h;
  return `inset(${[top, right, bottom, left].map((side) => percent(Math.max(0, side))).join(" ")})`;
}

function percent(share: number): string {
  return `${Math.round(share * 1e6) / 1e4}%`;
}

/** Which pixels of a picture go where: as CSS fits them into `place`. */
export interface Drawing {
  readonly from: Rect;
  readonly to: Rect;
}

/** `size`: of the video's picture; `screen`: of the drawing, in pixels. */
export function drawingOf(place: VideoPlace, size: Size, screen: Size): Drawing {
  const zoom = place.zoom ?? WHOLE;
  const from = { x: zoom.x * size[0], y: zoom.y * size[1], w: zoom.w * size[0], h: zoom.h * size[1] };
  const box = place.span ?? place.rect;
  const on = { x: box.x * screen[0], y: box.y * screen[1], w: box.w * screen[0], h: box.h * screen[1] };
  const [across, down] = [on.w / from.w, on.h / from.h];
  if (place.fit === "cover") {
    const scale = Math.max(across, down);
    return { from: middle(from, on.w / scale, on.h / scale), to: on };
  }
  const scale = Math.min(across, down);
  return { from, to: middle(on, from.w * scale, from.h * scale) };
}

function middle(of: Rect, w: number, h: number): Rect {
  return { x: of.x + (of.w - w) / 2, y: of.y + (of.h - h) / 2, w, h };
}
