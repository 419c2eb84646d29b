import { useSignal } from "@preact/signals";
import { Sign } from "../shared/sign";
import { isDead, isFault, type State, stateName } from "../shared/states";
import { ConflictNotice } from "./conflict";
import { PairDialog } from "./pair";
import {
  cameraById,
  cameraName,
  conflict,
  contentNameOn,
  displayFacts,
  done,
  language,
  problem,
  say,
  select,
  selected,
  undo,
  walls,
} from "./store";
import {
  type Cell,
  cameraOf,
  type Direction,
  type Display,
  findCell,
  inReadingOrder,
  neighbour,
  sameCell,
  type Wall,
} from "./walls";
import { WORDS } from "./words";

export function Displays() {
  const all = walls.value;
  if (all === null) return <main class="displays sentence">{say(WORDS.loading)}</main>;
  if (all.length === 0) return <main class="displays sentence">{say(WORDS.noWalls)}</main>;
  return (
    <main class="displays">
      {all.map((wall) => (
        <section key={wall.id} class="wall">
          <div class="wall-head">
            {all.length > 1 && <h2>{wall.name}</h2>}
            <a class="button" href={`/walls/${encodeURIComponent(wall.id)}/edit`}>
              {say(WORDS.arrange)}
            </a>
          </div>
          {wall.displays.length === 0 && <p class="sentence">{say(WORDS.noDisplays)}</p>}
          {wall.displays.map((display) => (
            <Miniature key={display.id} wall={wall} display={display} />
          ))}
        </section>
      ))}
    </main>
  );
}

function Miniature({ wall, display }: { wall: Wall; display: Display }) {
  const pairing = useSignal(false);
  const facts = displayFacts.value.get(display.id);
  const here = (address: { wall: string; display: string } | null | undefined): boolean =>
    address?.wall === wall.id && address.display === display.id;
  return (
    <article
      class="display"
      aria-label={display.name}
      style={{ maxWidth: `min(68rem, max(24rem, 64vh * ${display.width / display.height}))` }}
    >
      <header>
        <h3>{display.name}</h3>
        <span class="quiet">
          {display.width} × {display.height}
        </span>
        <Connection paired={facts?.paired ?? false} connected={facts?.connected ?? 0} />
        <button
          type="button"
          class={facts?.paired ? "button plain" : "button"}
          onClick={() => {
            pairing.value = true;
          }}
        >
          {say(facts?.paired ? WORDS.pairAgain : WORDS.pair)}
        </button>
      </header>
      <Grid wall={wall} display={display} />
      {here(selected.value) && problem.value !== null && <Problem text={problem.value} />}
      {conflict.value && here(conflict.value.address) && <ConflictNotice conflict={conflict.value} />}
      {here(done.value?.address) && <DoneNotice wall={wall} />}
      {pairing.value && (
        <PairDialog
          display={display}
          replaces={facts?.paired ?? false}
          onClose={() => {
            pairing.value = false;
          }}
        />
      )}
    </article>
  );
}

function Connection({ paired, connected }: { paired: boolean; connected: number }) {
  const [state, words]: [State, string] = connected
    ? ["live", say(WORDS.connected) + (connected > 1 ? ` (${connected})` : "")]
    : paired
      ? ["unreachable", say(WORDS.notConnected)]
      : ["off", say(WORDS.notPaired)];
  return (
    <span class="connection">
      <Sign state={state} />
      {words}
    </span>
  );
}

function Grid({ wall, display }: { wall: Wall; display: Display }) {
  const { cells } = display.layout;
  return (
    <div
      class="mini"
      role="group"
      aria-label={display.name}
      style={{ aspectRatio: `${display.width} / ${display.height}` }}
      onKeyDown={(event) => onGridKey(event, cells)}
    >
      {inReadingOrder(cells).map((cell, index) => (
        <MiniCell key={cell.id} wall={wall} display={display} cell={cell} number={index + 1} />
      ))}
    </div>
  );
}

function MiniCell(props: { wall: Wall; display: Display; cell: Cell; number: number }) {
  const { wall, display, cell, number } = props;
  const { columns, rows } = display.layout;
  const address = { wall: wall.id, display: display.id, cell: cell.id };
  const camera = cameraOf(cell);
  const state = camera === null ? undefined : cameraById.value.get(camera)?.state;
  const name = cell.content.type === "empty" ? null : contentNameOn(wall, cell.content);
  const bad = state && (isDead(state) || isFault(state) || state === "stale");
  return (
    <button
      type="button"
      class={`mini-cell${name === null ? " vacant" : ""}`}
      data-cell={cell.id}
      aria-pressed={sameCell(selected.value, address)}
      aria-label={`${say(WORDS.cell)} ${number}: ${name ?? say(WORDS.empty)}${state ? `, ${stateName(state, language.value)}` : ""}`}
      title={name ?? say(WORDS.empty)}
      style={{
        left: share(cell.x, columns),
        top: share(cell.y, rows),
        width: share(cell.w, columns),
        height: share(cell.h, rows),
      }}
      onClick={() => {
        select(address);
        if (selected.value) document.querySelector<HTMLInputElement>("#search")?.select();
      }}
    >
      <span class="mini-state">
        {bad && <span>{stateName(state, language.value)}</span>}
        {state && <Sign state={state} />}
      </span>
      <span class="mini-name">{name ?? number}</span>
    </button>
  );
}

function share(units: number, of: number): string {
  return `${(100 * units) / of}%`;
}

function Problem({ text }: { text: string }) {
  return (
    <p class="problem note" role="alert">
      <Sign state="unreachable" />
      {say(WORDS.notSaved)}: {text || say(WORDS.serverAway)}.
    </p>
  );
}

function DoneNotice({ wall }: { wall: Wall }) {
  const last = done.value;
  const cell = last && findCell(wall, last.address);
  if (!last || !cell) return null;
  const name = (camera: string | null): string => cameraName(camera) ?? say(WORDS.empty);
  return (
    <p class="note" role="status">
      <span>
        {say(WORDS.cell)} {cell.number}: {name(last.before)} → <b>{name(last.after)}</b>
      </span>
      <button type="button" class="button" onClick={() => void undo()}>
        {say(WORDS.undo)}
      </button>
    </p>
  );
}

const ARROWS: Readonly<Record<string, Direction>> = {
  ArrowLeft: "left",
  ArrowRight: "right",
  ArrowUp: "up",
  ArrowDown: "down",
};

/** The arrow keys go from cell to cell. */
function onGridKey(event: KeyboardEvent, cells: readonly Cell[]): void {
  const direction = ARROWS[event.key];
  const grid = event.currentTarget as HTMLElement;
  const focused = (document.activeElement as HTMLElement | null)?.dataset.cell;
  const from = cells.find((cell) => cell.id === focused);
  if (!direction || !from) return;
  event.preventDefault();
  const to = neighbour(cells, from, direction);
  if (to) grid.querySelector<HTMLElement>(`[data-cell="${CSS.escape(to.id)}"]`)?.focus();
}
