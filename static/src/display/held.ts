/**
 * The last pictures, kept over a reload: the page draws what it shows, loads itself anew, and shows that drawing until
 * the new pictures are there. Browsers keep the old page on the screen until the new one draws for the first time, so
 * that nobody sees black; and nobody takes the drawing for live, as it says since when it stands.
 */
import type { Language } from "../shared/language";
import { signElement } from "../shared/signs";
import { shortSinceText } from "../shared/time";
import type { Size } from "./geometry";
import { drawingOf } from "./placing";
import type { Scene, VideoPlace } from "./scene";
import { WORDS } from "./words";

/** In the session's storage, which the reload keeps and a new browser does not have. */
const KEPT = "wallserver.held";
const MOST_WIDE = 1920;
const QUALITY = 0.8;
/** A drawing stands no longer than this, whatever became of the new pictures. */
export const MOST_HELD_MS = 20_000;

/** A video or a still on the screen; `size` in its own pixels. */
export interface ShownPicture {
  readonly picture: HTMLVideoElement | HTMLImageElement;
  readonly size: Size;
  readonly place: VideoPlace;
}

/** Draws the screen and keeps that. False where the browser has no room for it: then better no reload. */
export function keepScreen(pictures: readonly ShownPicture[], scene: Scene, size: Size, now: number): boolean {
  const scale = Math.min(1, MOST_WIDE / size[0]);
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(size[0] * scale);
  canvas.height = Math.round(size[1] * scale);
  const pen = canvas.getContext("2d");
  if (!pen) return false;
  const screen: Size = [canvas.width, canvas.height];
  pen.fillStyle = "#0b0f14";
  pen.fillRect(0, 0, ...screen);
  for (const shown of pictures.toSorted((a, b) => a.place.z - b.place.z)) {
    if (shown.size[0] > 0) drawPicture(pen, shown, screen);
  }
  for (const { rect, card, name } of scene.cells) {
    const [x, y, w, h] = [rect.x * screen[0], rect.y * screen[1], rect.w * screen[0], rect.h * screen[1]];
    pen.fillStyle = "#111820";
    if (card) pen.fillRect(x, y, w, h);
    pen.font = `500 ${Math.max(11, Math.min(h * 0.076, screen[1] / 40))}px "Inter Variable", sans-serif`;
    pen.shadowColor = "#000";
    pen.shadowBlur = 5;
    pen.fillStyle = "#e9eff5";
    pen.fillText(name, x + 10, y + h - 9, w - 20);
    pen.shadowBlur = 0;
  }
  try {
    sessionStorage.setItem(KEPT, JSON.stringify({ at: now, picture: canvas.toDataURL("image/jpeg", QUALITY) }));
    return true;
  } catch {
    return false;
  }
}

function drawPicture(pen: CanvasRenderingContext2D, { picture, size, place }: ShownPicture, screen: Size): void {
  const { from, to } = drawingOf(place, size, screen);
  const { rect } = place;
  pen.save();
  pen.beginPath();
  pen.rect(rect.x * screen[0], rect.y * screen[1], rect.w * screen[0], rect.h * screen[1]);
  pen.clip();
  pen.drawImage(picture, from.x, from.y, from.w, from.h, to.x, to.y, to.w, to.h);
  pen.restore();
}

/** The drawing that the page before left, once; null where it left none. */
export function heldScreen(language: Language): HTMLElement | null {
  const kept = sessionStorage.getItem(KEPT);
  sessionStorage.removeItem(KEPT);
  if (kept === null) return null;
  const { at, picture } = JSON.parse(kept) as { at: number; picture: string };
  const element = document.createElement("div");
  element.className = "held";
  const image = document.createElement("img");
  image.decoding = "sync"; // with the words beside it, not after them
  image.src = picture;
  image.alt = "";
  const words = document.createElement("p");
  words.append(signElement("stale"), `${WORDS.held[language]} ${shortSinceText(at, Date.now(), language)}`);
  element.append(image, words);
  return element;
}
