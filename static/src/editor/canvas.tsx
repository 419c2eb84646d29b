import { cameraById } from "../shared/site";
import { type Cell, cameraOf, type Content, inReadingOrder } from "../shared/walls";
import { zoneName } from "../display/faces";
import type { Rect } from "../display/geometry";
import { whyShut } from "../shared/scope";
import { language, say, statesAsOf } from "../shared/session";
import { ShortName } from "../shared/short_name";
import { SHUT } from "../shared/shut_words";
import { ShutSign } from "../shared/shut_sign";
import { ToldSign } from "../shared/sign";
import { stateWords } from "../shared/state_words";
import { isDead } from "../shared/states";
import { EDGES } from "./grid";
import { type HungDisplay, type HungWall, onWall } from "../shared/hang";
import { Icon } from "../shared/icons";
import { onCellKey } from "./keys";
import { leases } from "./leases";
import { LivePicture } from "./live_cell";
import { INSTALL_WORDS } from "./install_words";
import { draft, isWhole, mode } from "./now";
import { openedDisplay, openedPlace } from "./opened";
import { beginDrag, wallElement, wallPoint } from "./pointer";
import { cellName, conflict, contentName, current, drag, hung, isSelected, openUp, select, selection, shutFor, wall } from "./store";
import { StillPicture } from "../shared/still_picture";
import { WORDS } from "./words";

export function Canvas() {
  const shown = hung.value;
  if (!shown || !wall.value) return null;
  const { width, height } = shown;
  return (
    <div class="room">
      <div
        class={`ed-wall${drag.value ? " dragging" : ""}`}
        role="group"
        aria-label={wall.value.name}
        ref={(element) => {
          wallElement.current = element;
        }}
        style={{ "--aspect": width / height }}
        onPointerDown={onPointerDown}
      >
        {shown.displays.map((one, index) => (
          <DisplayFrame key={one.display.id} wall={shown} hung={one} number={index + 1} />
        ))}
        {isWhole.value && <FreePlaces wall={shown} />}
        <Handles wall={shown} />
        <Ghost wall={shown} />
      </div>
    </div>
  );
}

/** So many are shown at most: a wall may have thousands. */
const MOST_FREE = 64;

/** Where another display could hang. The list of displays adds one, too: what is here is for the pointer. */
function FreePlaces({ wall: on }: { wall: HungWall }) {
  const chosen = openedPlace.value?.place;
  return on.free.slice(0, MOST_FREE).map(({ place, rect }) => (
    <div
      key={`${place.column} ${place.row}`}
      class={`ed-free${chosen?.column === place.column && chosen.row === place.row ? " opened" : ""}`}
      style={placeOn(on, rect)}
      aria-hidden="true"
      onPointerDown={begunElsewhere}
      onClick={() => openUp({ place })}
    >
      {say(INSTALL_WORDS.addDisplay)}
    </div>
  ));
}

/** What is pressed here neither draws a cell nor lets go of the selection. */
function begunElsewhere(event: Event): void {
  event.stopPropagation();
}

/** Percentages of the wall. */
function placeOn(wall: HungWall, { x, y, w, h }: Rect): Record<string, string> {
  return {
    left: `${(x * 100) / wall.width}%`,
    top: `${(y * 100) / wall.height}%`,
    width: `${(w * 100) / wall.width}%`,
    height: `${(h * 100) / wall.height}%`,
  };
}

function DisplayFrame({ wall: on, hung: one, number }: { wall: HungWall; hung: HungDisplay; number: number }) {
  const { display, rect } = one;
  const others = leases.value.filter((lease) => lease.display === display.id);
  const classes = ["ed-display", others.length > 0 && "taken", openedDisplay.value?.id === display.id && "opened"];
  return (
    <>
      <div
        class={classes.filter(Boolean).join(" ")}
        style={placeOn(on, rect)}
        data-display={display.id}
        role="presentation"
      >
        <span
          class={`ed-display-name${isWhole.value ? " opens" : ""}`}
          aria-hidden="true"
          onPointerDown={begunElsewhere}
          onClick={() => isWhole.value && openUp({ display: display.id })}
        >
          <span class="ed-display-words">
            {number} · {display.name}
          </span>
          <ShutSign why={whyShut(display)} />
          {others.length > 0 && (
            <span class="ed-others">
              {[...new Set(others.map(({ by }) => by))].join(", ")} {say(WORDS.worksHere)}
            </span>
          )}
        </span>
      </div>
      {inReadingOrder(display.layout.cells).map((cell, index) => (
        <CellBox key={`${display.id} ${cell.id}`} wall={on} hung={one} cell={cell} number={index + 1} />
      ))}
    </>
  );
}

function CellBox({ wall: on, hung: one, cell, number }: { wall: HungWall; hung: HungDisplay; cell: Cell; number: number }) {
  const address = { display: one.display.id, cell: cell.id };
  const picked = isSelected(address);
  const camera = cameraOf(cell);
  const facts = camera === null ? undefined : cameraById.value.get(camera);
  const shut = whyShut(one.display, cell);
  const changed = conflict.value?.changes.some((change) => sameAs(change, address));
  const drafted = mode.value === "draft" && draft.value?.diff.cells.some((change) => sameAs(change, address));
  const lifted = drag.value?.dragged.kind === "cell" && sameAs(drag.value.dragged, address);
  const spoken = [
    `${cellName({ display: one.display, number })}: ${contentName(cell.content)}`,
    facts && stateWords(facts, Date.now(), language.value, statesAsOf.value),
    shut && say(SHUT[shut]),
    cell.part && say(WORDS.spans),
  ];
  const classes = ["ed-cell", picked && "picked", shut && `shut ${shut}`, changed && "changed", drafted && "drafted", lifted && "lifted"];
  return (
    <button
      type="button"
      class={[...classes, cell.content.type].filter(Boolean).join(" ")}
      style={placeOn(on, onWall(one, cell))}
      data-display={address.display}
      data-cell={address.cell}
      aria-pressed={picked}
      aria-label={spoken.filter(Boolean).join(", ")}
      tabIndex={isTabStop(address) ? 0 : -1}
      onKeyDown={(event) => onCellKey(event, address)}
      onFocus={() => selection.value.length === 0 && select(address)}
    >
      <Inside cell={cell} content={cell.content} />
      {camera !== null && isCurrent(address) && <LivePicture key={camera} camera={camera} fit={cell.fit} zoom={cell.zoom} />}
      <span class="ed-label">
        <ShortName name={cell.content.type === "empty" ? String(number) : labelOf(cell)} />
        {cell.part && <Icon name="panorama" />}
        {facts && <ToldSign state={facts.state} />}
      </span>
      <ShutSign why={shut} />
    </button>
  );
}

function labelOf(cell: Cell): string {
  return cell.label ?? contentName(cell.content);
}

/** One cell can be reached with Tab, the others from there with the arrow keys. */
function isTabStop(address: { display: string; cell: string }): boolean {
  const last = selection.value.at(-1);
  if (last) return sameAs(last, address);
  const first = wall.value?.displays[0];
  const [cell] = first ? inReadingOrder(first.layout.cells) : [];
  return first?.id === address.display && cell?.id === address.cell;
}

/** Is it the one that was selected last? */
function isCurrent(address: { display: string; cell: string }): boolean {
  const last = selection.value.at(-1);
  return last !== undefined && sameAs(last, address);
}

function sameAs(a: { display: string; cell: string }, b: { display: string; cell: string }): boolean {
  return a.display === b.display && a.cell === b.cell;
}

function Inside({ cell, content }: { cell: Cell; content: Content }) {
  if (content.type === "camera") return <StillPicture camera={content.camera} dead={isDead(cameraById.value.get(content.camera)?.state)} fit={cell.fit} zoom={cell.zoom} />;
  if (content.type === "tour") {
    const tour = wall.value?.tours.find(({ id }) => id === content.tour);
    return (
      <span class="ed-kind">
        <Icon name="tour" />
        {tour && (
          <span class="ed-kind-words">
            {tour.cameras ? `${tour.cameras.length} × ` : ""}
            {tour.dwell_s} {say(WORDS.seconds)}
          </span>
        )}
      </span>
    );
  }
  if (content.type === "panel") {
    return (
      <span class="ed-kind">
        <Icon name={content.panel} />
        {content.panel === "clock" && <span class="ed-kind-words">{zoneName(content.time_zone)}</span>}
        {content.panel === "text" && <span class="ed-kind-words">{content.text}</span>}
        {(content.panel === "web" || content.panel === "image") && <span class="ed-kind-words">{content.url}</span>}
      </span>
    );
  }
  return null;
}

/** The eight handles of the selected cell. */
function Handles({ wall: on }: { wall: HungWall }) {
  const at = current.value;
  const one = on.displays.find(({ display }) => display.id === at?.display.id);
  if (!at || !one || selection.value.length > 1 || whyShut(at.display, at.cell) || drag.value) return null;
  return (
    <div class="ed-handles" style={placeOn(on, onWall(one, at.cell))} aria-hidden="true">
      {EDGES.map((edge) => (
        <span key={edge} class={`ed-handle ${edge}`} data-edge={edge} />
      ))}
    </div>
  );
}

const HERE = { show: WORDS.hereShow, place: WORDS.herePlace, swap: WORDS.hereSwap, move: WORDS.hereMove, resize: WORDS.hereResize };

/** Where what is being dragged would land, green or red. */
function Ghost({ wall: on }: { wall: HungWall }) {
  const now = drag.value;
  const target = now?.target;
  const one = on.displays.find(({ display }) => display.id === target?.display);
  if (!now || !target || !one) return null;
  const shut = target.command && shutFor(target.command);
  return (
    <div class={`ed-ghost ${target.legal ? "legal" : "illegal"} ${target.what}`} style={placeOn(on, onWall(one, target.rect))}>
      <span>{say(target.legal ? HERE[target.what] : shut ? SHUT[shut] : WORDS.hereNot)}</span>
    </div>
  );
}

function onPointerDown(event: PointerEvent): void {
  if (event.button !== 0 || !(event.target instanceof Element)) return;
  const from = wallPoint(event.clientX, event.clientY);
  if (!from) return;
  const edge = event.target.closest<HTMLElement>("[data-edge]")?.dataset.edge;
  const cell = event.target.closest<HTMLElement>("[data-cell]");
  const at = current.value;
  if (edge && at) {
    const held = EDGES.find((one) => one === edge);
    if (held) beginDrag(event, { kind: "edge", display: at.display.id, cell: at.cell.id, edge: held, from });
  } else if (cell) {
    const address = { display: cell.dataset.display ?? "", cell: cell.dataset.cell ?? "" };
    const add = event.ctrlKey || event.metaKey || event.shiftKey;
    if (add || !(isSelected(address) && selection.value.length === 1)) select(address, add);
    if (!add) beginDrag(event, { kind: "cell", ...address, from });
  } else {
    select(null);
    const display = event.target.closest<HTMLElement>("[data-display]")?.dataset.display;
    if (display) beginDrag(event, { kind: "draw", display, from });
  }
}
