/** Panels: what a display shows besides cameras. They lie over mosaics, in their cells, and take nothing from a slot. */
import type { Language } from "../shared/language";
import { signElement } from "../shared/signs";
import { putName } from "../shared/short_names";
import { signedState, stateName } from "../shared/states";
import { asOfText, quarterOf, shortSinceText } from "../shared/time";
import { clockFace, letterSize } from "./faces";
import { placeAt } from "./overlay";
import { STALE_AFTER_MS } from "./picture";
import type { CameraListing, ListedCamera, Panel, Plan, PlanCell } from "./plan";
import { LINE, linesOfRow, listFace } from "./state_list";
import { moreWords, WORDS } from "./words";

/** A site that was away when a picture was asked for is asked again so often. */
const AGAIN_MS = 10_000;

/** Above all pictures, below the cards of dead cells. */
const Z_PANEL = 1900;

export class PanelLayer {
  /** By cell, as it was when its element was made. */
  readonly #shown = new Map<string, { readonly said: string; readonly element: HTMLElement; readonly cell: PlanCell }>();
  #lists: Readonly<Record<string, CameraListing>> = {};
  #inTouch = true;
  /** The server's clock (unix ms) when it was last in touch. */
  #heardAt = 0;

  constructor(
    private readonly stage: HTMLElement,
    private readonly language: Language,
    /** The server's clock, unix ms. */
    private readonly serverNow: () => number,
  ) {}

  /** Shows the plan's panels. One that stays what it was stays the same element: a web page is not loaded anew. */
  setPlan(plan: Plan): void {
    const gone = new Set(this.#shown.keys());
    for (const cell of plan.cells) {
      if (!cell.panel) continue;
      gone.delete(cell.id);
      this.#show(cell, cell.panel, (cell.w * plan.display.width) / (cell.h * plan.display.height));
    }
    for (const id of gone) {
      this.#shown.get(id)?.element.remove();
      this.#shown.delete(id);
    }
    this.#draw();
  }

  /** Takes them all away. */
  clear(): void {
    for (const { element } of this.#shown.values()) element.remove();
    this.#shown.clear();
  }

  setLists(lists: Readonly<Record<string, CameraListing>>): void {
    this.#lists = lists;
    this.#draw();
  }

  /** Now and then. `inTouch`: the server says what is so. */
  tick(inTouch: boolean): void {
    this.#inTouch = inTouch;
    if (inTouch) this.#heardAt = this.serverNow();
    this.#draw();
  }

  /** Clocks and lists as they are now; touches the document only where that is something else. */
  #draw(): void {
    const now = this.serverNow();
    // As patient as a cell is with its picture.
    const asOf = this.#inTouch || now - this.#heardAt <= STALE_AFTER_MS ? null : this.#heardAt;
    for (const [id, { element, cell }] of this.#shown) {
      if (cell.panel?.panel === "clock") drawClock(element, cell.panel.time_zone, now, this.language);
      if (cell.panel?.panel === "states") drawList(element, { list: this.#lists[id], name: cell.name, asOf }, now, this.language);
    }
  }

  #show(cell: PlanCell, panel: Panel, shape: number): void {
    const said = JSON.stringify([panel, panel.panel === "text" ? shape : null, cell.name]);
    let shown = this.#shown.get(cell.id);
    if (shown?.said !== said) {
      shown?.element.remove();
      shown = { said, cell, element: made(panel, cell.name, shape, this.language) };
      this.#shown.set(cell.id, shown);
      this.stage.append(shown.element);
    }
    placeAt(shown.element, cell, Z_PANEL);
  }
}

function made(panel: Panel, name: string, shape: number, language: Language): HTMLElement {
  const element = part("section", `panel panel-${panel.panel}`);
  if (panel.panel === "text") {
    const text = part("p", "panel-words", panel.text);
    text.style.fontSize = `${letterSize(panel.text, shape) * 100}cqh`;
    element.append(text);
  } else if (panel.panel === "image" || panel.panel === "web") {
    if (!panel.allowed) element.append(part("p", "panel-sorry", WORDS.notAllowed[language]));
    else if (panel.panel === "image") element.append(image(panel.url, language));
    else element.append(page(panel.url));
  }
  if (name !== "" && panel.panel !== "clock" && panel.panel !== "states") element.append(part("p", "panel-name", name));
  return element;
}

function image(url: string, language: Language): HTMLElement {
  const picture = document.createElement("img");
  picture.alt = "";
  picture.referrerPolicy = "no-referrer";
  const sorry = part("p", "panel-sorry", WORDS.noImage[language]);
  picture.addEventListener("load", () => sorry.replaceWith(picture));
  picture.addEventListener("error", () => {
    picture.replaceWith(sorry);
    setTimeout(() => {
      if (sorry.isConnected) picture.src = url;
    }, AGAIN_MS);
  });
  picture.src = url;
  return picture;
}

/** Apart from ours: with scripts of its own, but without our origin, without windows, forms, downloads or a click. */
function page(url: string): HTMLElement {
  const frame = document.createElement("iframe");
  frame.setAttribute("sandbox", "allow-scripts");
  frame.referrerPolicy = "no-referrer";
  frame.allow = "";
  frame.tabIndex = -1;
  frame.src = url;
  return frame;
}

function drawClock(element: HTMLElement, zone: string, now: number, language: Language): void {
  const face = clockFace(now, zone, language);
  const said = JSON.stringify(face);
  if (element.dataset.said === said) return;
  element.dataset.said = said;
  if (!face) {
    element.replaceChildren(part("p", "panel-sorry", `${WORDS.noZone[language]}: ${zone}`));
    return;
  }
  element.replaceChildren(
    part("p", "clock-zone", face.zone),
    part("p", "clock-time", face.time),
    part("p", "clock-date", face.date),
  );
}

interface ListShown {
  /** Not there before the server's first. */
  readonly list: CameraListing | undefined;
  readonly name: string;
  /** The server has not been in touch since (unix ms); null: it is. */
  readonly asOf: number | null;
}

function drawList(element: HTMLElement, { list, name, asOf }: ListShown, now: number, language: Language): void {
  const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
  const size = { width: element.clientWidth, height: element.clientHeight, rem };
  const said = JSON.stringify([list, size, asOf, quarterOf(now)]);
  if (!list || element.dataset.said === said) return;
  element.dataset.said = said;
  const titles = [...(name === "" ? [] : [part("p", "list-title", name)]), ...(asOf === null ? [] : [asOfLine(asOf, now, language)])];
  const face = listFace(list, size, titles.length, asOf === null);
  const counts = part("p", "list-counts");
  for (const [state, count] of face.counts) {
    const one = part("span", "list-count", count.toLocaleString(language));
    one.prepend(signElement(state));
    counts.append(one);
  }
  const rows = part("ul", "list-rows");
  rows.style.gridTemplate = `repeat(${face.lines}, ${LINE}em) / repeat(${face.columns}, minmax(0, 1fr))`;
  rows.append(...face.rows.map((camera) => listRow(camera, asOf === null, now, language)));
  if (face.more > 0) rows.append(part("li", "list-more", moreWords(face.more, language)));
  element.style.fontSize = `${face.letters}px`;
  element.classList.toggle("old", asOf !== null);
  element.replaceChildren(...titles, counts, rows);
}

function asOfLine(asOf: number, now: number, language: Language): HTMLElement {
  const line = part("p", "list-as-of", `${WORDS.states[language]} ${asOfText(asOf, now, language)}`);
  line.prepend(signElement("stale"));
  return line;
}

function listRow(camera: ListedCamera, isAnswered: boolean, now: number, language: Language): HTMLElement {
  const row = part("li", "list-row");
  const lines = linesOfRow(camera);
  row.style.gridRow = `span ${lines}`;
  const name = part("span", "list-name");
  putName(name, camera.name);
  row.append(signElement(signedState(camera.state, isAnswered)), name);
  if (lines === 1) return row;
  const state = part("span", "list-state", stateName(camera.state, language));
  if (camera.since_ms !== null) state.append(" ", part("span", "list-since", shortSinceText(camera.since_ms, now, language)));
  row.append(state);
  return row;
}

function part(tag: string, className: string, text = ""): HTMLElement {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}
