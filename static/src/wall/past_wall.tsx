/** The wall in small as it was: each cell with its camera, who put it there, and whether its display drew it. */
import { useSignal } from "@preact/signals";
import { cellsOnWall, hang, type HungWall } from "../shared/hang";
import { Icon } from "../shared/icons";
import { language, say } from "../shared/session";
import { Sign } from "../shared/sign";
import { cameraName, contentNameOn } from "../shared/site";
import { shortMoment } from "../shared/time";
import { type Cell, type Direction, inReadingOrder, neighbourOf } from "../shared/walls";
import { difference, picked } from "./past";
import { countProofs, type PastCell, type PastDisplay, type PastWall, type Proof, proofOf, SIGNS } from "./past_cells";
import { WORDS } from "./words";

const ARROWS: Readonly<Record<string, Direction>> = {
  ArrowLeft: "left",
  ArrowRight: "right",
  ArrowUp: "up",
  ArrowDown: "down",
};

type Address = { readonly display: string; readonly cell: string };

export function PastMiniature({ wall }: { wall: PastWall }) {
  const hung = hang(wall);
  const stop = useSignal<Address | null>(null);
  return (
    <div
      class="past"
      role="group"
      aria-label={wall.name}
      style={{ aspectRatio: `${hung.width} / ${hung.height}`, "--aspect": hung.width / hung.height }}
      onKeyDown={(event) => onKey(event, hung)}
      onFocusIn={(event) => (stop.value = addressOf(event.target))}
    >
      {hung.displays.map(({ display, rect }) => (
        <div key={display.id} class="past-display" style={placeOn(hung, rect)} role="presentation" />
      ))}
      {wall.displays.flatMap((display, order) =>
        inReadingOrder(display.layout.cells).map((cell, index) => (
          <PastCellButton
            key={`${display.id} ${cell.id}`}
            wall={wall}
            hung={hung}
            display={display}
            cell={cell as PastCell}
            number={index + 1}
            isStop={isThere(stop.value, wall) ? same(stop.value, display.id, cell.id) : order === 0 && index === 0}
          />
        )),
      )}
    </div>
  );
}

interface CellParts {
  readonly wall: PastWall;
  readonly hung: HungWall;
  readonly display: PastDisplay;
  readonly cell: PastCell;
  readonly number: number;
  readonly isStop: boolean;
}

function PastCellButton({ wall, hung, display, cell, number, isStop }: CellParts) {
  const place = cellsOnWall(hung).find((one) => one.display.id === display.id && one.cell.id === cell.id);
  if (!place) return null;
  const name = nameOf(wall, cell);
  const proof = proofOf(cell);
  const changed = difference.value?.find((one) => one.display === display.id && one.cell === cell.id);
  const by = cell.made_by === null ? "" : `${cell.made_by}, ${moment(cell.since_ms ?? cell.made_ms ?? 0, wall.at_ms)}`;
  const spoken = [
    `${display.name}, ${say(WORDS.cell).toLowerCase()} ${number}`,
    name,
    by,
    proof !== "none" && say(WORDS[proof]),
    changed && say(WORDS.changed),
  ];
  return (
    <button
      type="button"
      class={`past-cell proof-${proof}${changed ? " changed" : ""}`}
      style={placeOn(hung, place.rect)}
      data-display={display.id}
      data-cell={cell.id}
      tabIndex={isStop ? 0 : -1}
      aria-pressed={same(picked.value, display.id, cell.id)}
      title={spoken.filter(Boolean).join("\n")}
      onClick={() => (picked.value = { display: display.id, cell: cell.id })}
    >
      <span class="visually-hidden">{spoken[0]}</span>
      {changed && <span class="visually-hidden">{say(WORDS.changed)}</span>}
      {changed && (
        <span class="past-changed" aria-hidden="true">
          Δ
        </span>
      )}
      <span class="past-name">
        {cell.content.type === "tour" && <Icon name="tour" />}
        {name}
      </span>
      {by && <span class="past-by">{by}</span>}
      {proof !== "none" && (
        <span class="past-proof">
          <Sign state={SIGNS[proof]} title={say(WORDS[proof])} />
          <span>{proofText(cell)}</span>
        </span>
      )}
    </button>
  );
}

/** The legend, with how many cells there are of each. */
export function Proofs({ wall }: { wall: PastWall }) {
  const counts = countProofs(wall);
  const all = Object.keys(SIGNS) as Exclude<Proof, "none">[];
  return (
    <div class="proofs">
      <ul>
        {all.map((proof) => (
          <li key={proof}>
            <Sign state={SIGNS[proof]} />
            {counts[proof].toLocaleString(language.value)} {say(WORDS[proof])}
          </li>
        ))}
      </ul>
      <p class="quiet">{say(WORDS.noPictures)}</p>
    </div>
  );
}

/** By name what was on it: of a tour the camera whose turn it was. */
export function nameOf(wall: PastWall, cell: Cell & { readonly camera?: string | null }): string {
  if (cell.camera) return cameraName(cell.camera) ?? cell.camera;
  return contentNameOn(wall, cell.content);
}

export function moment(at: number, now: number): string {
  return shortMoment(at, now, language.value);
}

function proofText({ drew }: PastCell): string {
  return drew === null ? say(WORDS.noWord) : `${drew.frames.toLocaleString(language.value)} ${say(WORDS.pictures)}`;
}

function addressOf(target: EventTarget | null): Address | null {
  const { display, cell } = (target as Element | null)?.closest<HTMLElement>("[data-cell]")?.dataset ?? {};
  return display && cell ? { display, cell } : null;
}

function same(address: Address | null, display: string, cell: string): boolean {
  return address?.display === display && address.cell === cell;
}

function isThere(address: Address | null, wall: PastWall): boolean {
  return wall.displays.some(({ id, layout }) => layout.cells.some((cell) => same(address, id, cell.id)));
}

/** Arrow keys go from cell to cell. */
function onKey(event: KeyboardEvent, hung: HungWall): void {
  const direction = ARROWS[event.key];
  const address = addressOf(event.target);
  const all = cellsOnWall(hung);
  const here = all.find(({ display, cell }) => same(address, display.id, cell.id));
  if (!direction || !here) return;
  event.preventDefault();
  const to = neighbourOf(all, here, ({ rect }) => rect, direction);
  if (!to) return;
  const place = `.past-cell[data-display="${CSS.escape(to.display.id)}"][data-cell="${CSS.escape(to.cell.id)}"]`;
  document.querySelector<HTMLElement>(place)?.focus();
}

/** Percentages of the wall. */
function placeOn(wall: HungWall, { x, y, w, h }: { x: number; y: number; w: number; h: number }): Record<string, string> {
  return {
    left: `${(x * 100) / wall.width}%`,
    top: `${(y * 100) / wall.height}%`,
    width: `${(w * 100) / wall.width}%`,
    height: `${(h * 100) / wall.height}%`,
  };
}
