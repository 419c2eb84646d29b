/** The walls in small: what each cell shows, as stills, where it hangs. */
import { useSignal } from "@preact/signals";
import { cellsOnWall, hang, type HungDisplay, type HungWall, onWall } from "../shared/hang";
import { Icon } from "../shared/icons";
import type { Rect } from "../display/geometry";
import { PAGE_WORDS } from "../shared/page_words";
import { isOn, whyNotRecalled } from "../shared/kept_scenes";
import { whyShut } from "../shared/scope";
import { language, mayDo, say, statesAsOf } from "../shared/session";
import { ShortName } from "../shared/short_name";
import { ShutSign } from "../shared/shut_sign";
import { SHUT, WHY_SHUT } from "../shared/shut_words";
import { ToldSign } from "../shared/sign";
import { StillPicture } from "../shared/still_picture";
import { Temporary } from "../shared/temporary";
import { WALL_TABS, WALL_TAB_WORDS } from "../shared/wall_tabs";
import { stateWords } from "../shared/state_words";
import { isDead, isFault, stateName } from "../shared/states";
import { addressOf, beginDrag, drag, focusCell, putDown } from "./carrying";
import { choose, chosen, enlarge, inHand, isLarge, myWalls, recall, select, selected, show, shownIn } from "./desk";
import { openMenu } from "./menu";
import { Notices } from "./notices";
import { Screens } from "./screens";
import { cameraById, cameraName, contentNameOn } from "../shared/site";
import { type Cell, type CellAddress, type Direction, findCell, inReadingOrder, neighbourOf, sameCell, type Scene, type Wall } from "../shared/walls";
import { WORDS } from "./words";

export function Walls() {
  const all = myWalls.value;
  if (all === null) return <main class="walls sentence">{say(PAGE_WORDS.loading)}</main>;
  return (
    <main class={`walls${drag.value ? " dragging" : ""}${inHand.value ? " carrying" : ""}`} inert={isLarge.value}>
      {all.length === 0 && <p class="sentence">{say(WORDS.noWalls)}</p>}
      {inHand.value && (
        <p class="in-hand" role="status">
          <bdi class="one-line">{cameraName(inHand.value)}</bdi>
          <span>{say(WORDS.carrying)}</span>
        </p>
      )}
      {all.map((wall) => (
        <section key={wall.id} class="wall" aria-label={wall.name}>
          <header class="wall-head">
            <h2 class="one-line">{wall.name}</h2>
            <Temporary wall={wall} />
            <Notices wall={wall} />
            <WallLinks wall={wall} />
          </header>
          {wall.displays.length === 0 ? <p class="sentence">{say(WORDS.noDisplays)}</p> : <Miniature wall={wall} />}
          <Scenes wall={wall} />
          <Screens wall={wall} />
        </section>
      ))}
    </main>
  );
}

/** The other pages of this wall. */
function WallLinks({ wall }: { wall: Wall }) {
  const address = `/walls/${encodeURIComponent(wall.id)}`;
  return (
    <div class="wall-links">
      {WALL_TABS.map((tab) => (
        <a key={tab} class="button plain" href={`${address}#${tab}`}>
          {say(WALL_TAB_WORDS[tab])}
        </a>
      ))}
      {mayDo("cells.arrange") && (
        <a class="button" href={`${address}/edit`}>
          {say(WORDS.arrange)}
        </a>
      )}
    </div>
  );
}

function Miniature({ wall }: { wall: Wall }) {
  const hung = hang(wall);
  const at = useSignal<CellAddress | null>(null);
  const stop = stopOf(wall, hung, at.value);
  return (
    <div
      class="mini"
      role="group"
      aria-label={wall.name}
      style={{ aspectRatio: `${hung.width} / ${hung.height}`, "--aspect": hung.width / hung.height }}
      onKeyDown={(event) => onKey(event, wall, hung)}
      onFocusIn={(event) => {
        const cell = (event.target as Element).closest<HTMLElement>("[data-cell]");
        if (cell) at.value = addressOf(cell);
      }}
    >
      {hung.displays.map((one) => (
        <Screen key={one.display.id} wall={wall} hung={hung} one={one} stop={stop} />
      ))}
    </div>
  );
}

/**
 * The one cell that can be reached with Tab, the others from there with the arrow keys: where one was last, or the
 * first where that is gone.
 */
function stopOf(wall: Wall, hung: HungWall, last: CellAddress | null): CellAddress | null {
  if (last && findCell(wall, last)) return last;
  const [first] = hung.displays.flatMap(({ display }) =>
    inReadingOrder(display.layout.cells).map((cell) => ({ wall: wall.id, display: display.id, cell: cell.id })),
  );
  return first ?? null;
}

function Screen(props: { wall: Wall; hung: HungWall; one: HungDisplay; stop: CellAddress | null }) {
  const { wall, hung, one, stop } = props;
  const { display } = one;
  return (
    <>
      <div class="mini-display" style={placeOn(hung, one.rect)} role="presentation" />
      {inReadingOrder(display.layout.cells).map((cell, index) => {
        const address = { wall: wall.id, display: display.id, cell: cell.id };
        const isStop = sameCell(stop, address);
        return <MiniCell key={cell.id} wall={wall} hung={hung} one={one} cell={cell} number={index + 1} isStop={isStop} />;
      })}
    </>
  );
}

function MiniCell(props: { wall: Wall; hung: HungWall; one: HungDisplay; cell: Cell; number: number; isStop: boolean }) {
  const { wall, hung, one, cell, number } = props;
  const { display } = one;
  const address = { wall: wall.id, display: display.id, cell: cell.id };
  const camera = shownIn(wall, display.id, cell);
  const facts = camera === null ? undefined : cameraById.value.get(camera);
  const state = facts?.state;
  const name = cell.content.type === "empty" ? null : (cell.label || (camera ? cameraName(camera) : contentNameOn(wall, cell.content)));
  const shut = whyShut(display, cell);
  const over = drag.value?.over && sameCell(drag.value.over, address) ? drag.value.over : null;
  const spoken = [
    `${display.name}, ${say(WORDS.cell)} ${number}: ${name ?? say(WORDS.empty)}`,
    facts && stateWords(facts, Date.now(), language.value, statesAsOf.value),
    shut && say(SHUT[shut]),
  ];
  const classes = [
    "mini-cell",
    name === null && "vacant",
    shut && `shut ${shut}`,
    camera !== null && camera === chosen.value && "chosen",
    over && (over.shut ? "illegal" : "legal"),
  ];
  return (
    <button
      type="button"
      class={classes.filter(Boolean).join(" ")}
      style={placeOn(hung, onWall(one, cell))}
      data-wall={address.wall}
      data-display={address.display}
      data-cell={address.cell}
      data-camera={camera ?? undefined}
      aria-pressed={sameCell(selected.value, address)}
      aria-label={spoken.filter(Boolean).join(", ")}
      title={[name ?? say(WORDS.empty), shut && say(WHY_SHUT[shut])].filter(Boolean).join(". ")}
      tabIndex={props.isStop ? 0 : -1}
      onPointerDown={(event) => camera !== null && beginDrag(event, camera)}
      onClick={() => {
        if (inHand.value) {
          putDown(address);
          return;
        }
        select(address);
        if (camera !== null) choose(camera);
      }}
      onDblClick={() => camera !== null && enlarge(camera)}
      onContextMenu={(event) => openMenu(event, camera, address)}
    >
      {camera !== null && <StillPicture camera={camera} dead={isDead(state)} fit={cell.fit} zoom={cell.zoom} />}
      {camera === null && cell.content.type !== "empty" && (
        <Icon name={cell.content.type === "panel" ? cell.content.panel : "tour"} />
      )}
      {over && <span class="drop">{say(over.shut ? SHUT[over.shut] : WORDS.putHere)}</span>}
      <span class="mini-label">
        <ShortName name={name ?? String(number)} />
        {state && (isDead(state) || isFault(state) || state === "stale") && <span class="mini-why">{stateName(state, language.value)}</span>}
        {state && <ToldSign state={state} />}
      </span>
      <ShutSign why={shut} />
    </button>
  );
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

function Scenes({ wall }: { wall: Wall }) {
  if (wall.scenes.length === 0) return null;
  const scenes = [...wall.scenes].sort((a, b) => (a.key ?? 10) - (b.key ?? 10));
  return (
    <nav class="scenes" aria-label={say(WORDS.scenes)}>
      {scenes.map((scene) => (
        <Recall key={scene.id} wall={wall} scene={scene} />
      ))}
    </nav>
  );
}

/** It is marked while the displays show it. */
function Recall({ wall, scene }: { wall: Wall; scene: Scene }) {
  const shut = whyNotRecalled(wall, scene);
  const on = isOn(wall.id, scene);
  return (
    <button
      type="button"
      class="button"
      disabled={!mayDo("cells.arrange")}
      aria-current={on ? "true" : undefined}
      aria-disabled={shut !== null}
      title={shut ? say(WHY_SHUT[shut]) : on ? say(WORDS.sceneOn) : undefined}
      onClick={() => !shut && void recall(wall, scene)}
    >
      {scene.key !== undefined && <kbd>{scene.key}</kbd>}
      <span class="one-line">{scene.name}</span>
    </button>
  );
}

const ARROWS: Readonly<Record<string, Direction>> = {
  ArrowLeft: "left",
  ArrowRight: "right",
  ArrowUp: "up",
  ArrowDown: "down",
};

/** Keys on a cell: arrows go on, Enter puts down what is in hand or enlarges, Space selects, Del clears. */
function onKey(event: KeyboardEvent, wall: Wall, hung: HungWall): void {
  const element = (event.target as Element).closest<HTMLElement>("[data-cell]");
  const address = element && addressOf(element);
  if (!address || event.ctrlKey || event.altKey || event.metaKey) return;
  const all = cellsOnWall(hung);
  const here = all.find(({ display, cell }) => display.id === address.display && cell.id === address.cell);
  const direction = ARROWS[event.key];
  // A key that is held: what it put down would be enlarged at once, what is carried here would be put down.
  if (event.repeat && !direction) {
    event.preventDefault();
    return;
  }
  if (direction && here) {
    const to = neighbourOf(all, here, ({ rect }) => rect, direction);
    if (to) go({ wall: wall.id, display: to.display.id, cell: to.cell.id }, shownIn(wall, to.display.id, to.cell));
  } else if (event.key === "Enter") {
    const camera = here ? shownIn(wall, address.display, here.cell) : null;
    if (inHand.value) putDown(address);
    else if (camera === null) select(address);
    else enlarge(camera);
  } else if (event.key === " ") {
    select(address);
  } else if (event.key === "Delete" && mayDo("cells.arrange")) {
    void show(null, address);
  } else {
    return;
  }
  event.preventDefault();
  event.stopPropagation();
}

/** With something in hand the preview stays at that. */
function go(address: CellAddress, camera: string | null): void {
  focusCell(address);
  if (!inHand.value && camera !== null) choose(camera);
}
