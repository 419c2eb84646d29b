import { Sign } from "../shared/sign";
import { stateName, stateSentence } from "../shared/states";
import { sinceText } from "../shared/time";
import { backToCell } from "./app";
import {
  cameraName,
  cameras,
  found,
  language,
  onWall,
  saving,
  say,
  select,
  selected,
  selectedCell,
  show,
  typed,
} from "./store";
import { type Camera, cameraOf } from "./walls";
import { WORDS } from "./words";

/** More rows than anybody scrolls through; a catalogue has thousands of cameras. */
const MOST_ROWS = 200;

export function CameraList() {
  return (
    <aside class="cameras" aria-label={say(WORDS.cameras)}>
      <Task />
      <div class="search">
        <label class="visually-hidden" for="search">
          {say(WORDS.search)}
        </label>
        <input
          id="search"
          class="field"
          type="search"
          autocomplete="off"
          placeholder={`${say(WORDS.search)} (${say(WORDS.searchKey)})`}
          value={typed.value}
          onInput={(event) => {
            typed.value = event.currentTarget.value;
          }}
          onKeyDown={onSearchKey}
        />
      </div>
      <Rows />
    </aside>
  );
}

/** What a click on a camera will do. */
function Task() {
  const cell = selectedCell.value;
  if (!cell) return <p class="task quiet">{say(WORDS.choose)}</p>;
  const shown = cameraOf(cell.cell);
  return (
    <div class="task">
      <p>
        {say(WORDS.chooseFor)}{" "}
        <b>
          {say(WORDS.cell).toLowerCase()} {cell.number}, {cell.display.name}
        </b>
        <br />
        <span class="quiet">{saving.value ? say(WORDS.saving) : (cameraName(shown) ?? say(WORDS.empty))}</span>
      </p>
      <div class="task-actions">
        <button type="button" class="button" disabled={shown === null || saving.value} onClick={() => void show(null)}>
          {say(WORDS.clear)}
        </button>
        <button type="button" class="button" onClick={() => select(null)}>
          {say(WORDS.cancel)}
        </button>
      </div>
    </div>
  );
}

function Rows() {
  const all = cameras.value;
  if (all === null) return <p class="sentence">{say(WORDS.loading)}</p>;
  if (all.length === 0) return <p class="sentence">{say(WORDS.noCameras)}</p>;
  const rows = found.value;
  if (rows.length === 0) {
    return (
      <div class="sentence">
        <p>{say(WORDS.noMatch)}</p>
        <button
          type="button"
          class="button"
          onClick={() => {
            typed.value = "";
          }}
        >
          {say(WORDS.clearSearch)}
        </button>
      </div>
    );
  }
  return (
    <ul class="rows" onKeyDown={onRowKey}>
      {rows.slice(0, MOST_ROWS).map((camera) => (
        <Row key={camera.id} camera={camera} />
      ))}
      {rows.length > MOST_ROWS && (
        <li class="sentence">
          {say(WORDS.showing)} {MOST_ROWS} {say(WORDS.of)} {rows.length.toLocaleString(language.value)}.{" "}
          {say(WORDS.narrow)}
        </li>
      )}
    </ul>
  );
}

function Row({ camera }: { camera: Camera }) {
  const { state } = camera;
  const words = stateName(state, language.value);
  const shown = selectedCell.value && cameraOf(selectedCell.value.cell) === camera.id;
  const why = state === "live" ? words : stateSentence(state, camera, language.value);
  const since = camera.since_ms === null ? "" : ` (${sinceText(camera.since_ms, Date.now(), language.value)})`;
  return (
    <li>
      <button
        type="button"
        class="row"
        aria-current={shown ? "true" : undefined}
        aria-disabled={selected.value === null}
        title={`${why}${since}`}
        onClick={() => void choose(camera.id)}
      >
        <Sign state={state} title={words} />
        <span class="row-name">{camera.name}</span>
        {onWall.value.has(camera.id) && (
          <span class="row-wall" role="img" aria-label={say(WORDS.onWall)} title={say(WORDS.onWall)}>
            ▣
          </span>
        )}
        <span class="row-place quiet">{state === "live" || state === "off" ? camera.district : words}</span>
      </button>
    </li>
  );
}

async function choose(camera: string): Promise<void> {
  if (selected.value === null) return;
  await show(camera);
  backToCell();
}

/** ↓ or Enter leads from the search to the first camera found. */
function onSearchKey(event: KeyboardEvent): void {
  if (event.key !== "ArrowDown" && event.key !== "Enter") return;
  event.preventDefault();
  document.querySelector<HTMLElement>(".row")?.focus();
}

function onRowKey(event: KeyboardEvent): void {
  const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 };
  const step = steps[event.key];
  if (step === undefined) return;
  event.preventDefault();
  const rows = [...document.querySelectorAll<HTMLElement>(".row")];
  const at = rows.findIndex((row) => row === document.activeElement);
  if (at + step < 0) document.querySelector<HTMLElement>("#search")?.focus();
  else rows[Math.min(rows.length - 1, at + step)]?.focus();
}
