import type { Language } from "../shared/language";
import { putName } from "../shared/short_names";
import { signElement } from "../shared/signs";
import { type CameraState, stateName, stateSentence } from "../shared/states";
import { quarterOf, shortSinceText, sinceText } from "../shared/time";
import type { Rect } from "./geometry";
import type { CellView } from "./scene";

/** Sets an element's place from fractions of its parent. */
export function placeAt(element: HTMLElement, rect: Rect, z: number): void {
  const { style } = element;
  style.left = `${rect.x * 100}%`;
  style.top = `${rect.y * 100}%`;
  style.width = `${rect.w * 100}%`;
  style.height = `${rect.h * 100}%`;
  style.zIndex = String(z);
}

/** The label of a cell, or the card in place of its picture. Touches the document only where something changed. */
export class CellOverlay {
  readonly element = document.createElement("div");
  #drawn = "";

  constructor(private readonly language: Language) {
    this.element.className = "cell";
  }

  /** @param wallNow the server's clock, unix ms */
  draw(view: CellView, facts: CameraState | undefined, wallNow: number): void {
    const cause = view.card ? stateSentence(view.card.state, facts, this.language) : "";
    const { rect, z, card } = view;
    const wanted = saidOf(view, cause, wallNow);
    if (wanted === this.#drawn) return;
    this.#drawn = wanted;
    placeAt(this.element, rect, z);
    this.element.dataset.camera = view.camera;
    this.element.replaceChildren(card ? this.#card(view, cause, wallNow) : this.#label(view, wallNow));
  }

  #label({ name, mark }: CellView, wallNow: number): HTMLElement {
    const label = part("div", name === "" ? "label unnamed" : "label");
    const named = part("span", "name");
    putName(named, name);
    label.append(named);
    if (!mark) return label;
    const end = part("span", `mark tone-${mark.state}`);
    if (mark.state === "stale" && mark.sinceMs !== null) {
      end.append(part("span", "mark-words", shortSinceText(mark.sinceMs, wallNow, this.language)));
    } else if (mark.state !== "live") {
      end.append(part("span", "mark-words", stateName(mark.state, this.language)));
    }
    end.append(signElement(mark.state));
    label.append(end);
    return label;
  }

  #card({ name, card }: CellView, cause: string, wallNow: number): HTMLElement {
    const element = part("div", "card");
    if (!card) return element;
    const state = part("p", "card-state");
    state.append(signElement(card.state), part("span", "", stateName(card.state, this.language)));
    element.append(part("p", "card-name", name), state, part("p", "card-cause", cause));
    if (card.sinceMs !== null) {
      element.append(part("p", "card-since", sinceText(card.sinceMs, wallNow, this.language)));
    }
    return element;
  }
}

/** The same for as long as nothing else is to be written: times are shown to the minute, with the day once it is past. */
export function saidOf({ rect, z, name, mark, card }: CellView, cause: string, wallNow: number): string {
  const since = mark?.sinceMs ?? card?.sinceMs ?? null;
  const quarter = since === null ? null : quarterOf(wallNow);
  return JSON.stringify([rect, z, name, mark?.state, minute(mark?.sinceMs), card?.state, minute(card?.sinceMs), cause, quarter]);
}

/** Times are shown to the minute. */
function minute(ms: number | null | undefined): number | null {
  return ms === null || ms === undefined ? null : Math.floor(ms / 60_000);
}

function part(tag: string, className: string, text = ""): HTMLElement {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}
