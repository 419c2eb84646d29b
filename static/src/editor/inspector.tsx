import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { cameraOf, type Cell, type Content, type Display } from "../shared/walls";
import { inBoth } from "../shared/language";
import { whyShut } from "../shared/scope";
import { language, say } from "../shared/session";
import { WHY_SHUT } from "../shared/shut_words";
import { ShutSign } from "../shared/shut_sign";
import { preview } from "./costs";
import { DisplayList } from "./display_list";
import { History } from "./history";
import { Installation } from "./installation";
import { LayoutIcon } from "../shared/icons";
import { isOpened, openedDisplay } from "./opened";
import { cellName, change, contentName, current, currentDisplay, perform, presets, relabel, selection } from "./store";
import { WORDS } from "./words";
import { ZoomBox } from "./zoom";

/** What is selected, and what can be set of it. */
export function Inspector() {
  const at = current.value;
  const count = selection.value.length;
  return (
    <aside class="inspector" aria-label={at ? cellName(at) : say(WORDS.display)}>
      {count > 1 && (
        <section>
          <h2>
            {count.toLocaleString(language.value)} {say(WORDS.cellsSelected)}
          </h2>
        </section>
      )}
      {count === 1 && at && <CellSection display={at.display} cell={at.cell} name={cellName(at)} />}
      {count === 0 && !isOpened.value && <p class="quiet inspector-hint">{say(WORDS.nothingSelected)}</p>}
      {count === 0 && <Installation />}
      {(count > 0 || !isOpened.value || openedDisplay.value) && <Presets />}
      {count === 0 && <DisplayList />}
      {count === 0 && preview.value && (
        <section>
          <h3>{say(WORDS.cost)}</h3>
          <Costs />
        </section>
      )}
      {count === 0 && <History />}
    </aside>
  );
}

function CellSection({ display, cell, name }: { display: Display; cell: Cell; name: string }) {
  const camera = cameraOf(cell);
  const why = whyShut(display, cell);
  const shut = why !== null;
  return (
    <section>
      <p class="kicker quiet">
        {name} · {sizeOf(display, cell)}
      </p>
      <h2>{contentName(cell.content)}</h2>
      {why && (
        <p class="shut-line quiet">
          <ShutSign why={why} />
          {say(WHY_SHUT[why])}
        </p>
      )}
      {cell.content.type !== "empty" && (
        <div class="form">
          {(camera !== null || cell.content.type === "tour") && (
            <fieldset class="segments" disabled={shut}>
              <legend>{say(WORDS.fit)}</legend>
              {(["contain", "cover"] as const).map((fit) => (
                <label key={fit}>
                  <input type="radio" name="fit" checked={cell.fit === fit} onChange={() => change({ fit }, WORDS[fit])} />
                  <span>{say(WORDS[fit])}</span>
                </label>
              ))}
            </fieldset>
          )}
          <LabelField key={`${display.id} ${cell.id}`} cell={cell} shut={shut} display={display} />
          {camera !== null && <ZoomBox display={display} cell={cell} camera={camera} shut={shut} />}
        </div>
      )}
    </section>
  );
}

/** Pixels of the display. */
function sizeOf(display: Display, cell: Cell): string {
  const { columns, rows } = display.layout;
  return `${Math.round((cell.w * display.width) / columns)} × ${Math.round((cell.h * display.height) / rows)} px`;
}

function LabelField({ display, cell, shut }: { display: Display; cell: Cell; shut: boolean }) {
  const address = { display: display.id, cell: cell.id };
  /** It stays, however often the page reads the wall anew; `named`: what the cell showed at the first letter. */
  const typed = useSignal<{ readonly text: string; readonly named: Content } | null>(null);
  const done = (): void => {
    const name = typed.peek();
    typed.value = null;
    if (name) relabel(address, name.text.trim() || null, name.named);
  };
  // Where another cell is selected the field is gone before anybody is told that it was left.
  useEffect(() => done, []);
  return (
    <div class="label-row">
      <label>
        {say(WORDS.label)}
        <input
          class="field"
          maxLength={120}
          disabled={shut || cell.label === ""}
          placeholder={contentName(cell.content)}
          value={typed.value?.text ?? cell.label ?? ""}
          onInput={({ currentTarget: { value } }) => (typed.value = { text: value, named: typed.peek()?.named ?? cell.content })}
          onChange={done}
        />
      </label>
      <label class="check">
        <input
          type="checkbox"
          disabled={shut}
          checked={cell.label === ""}
          onChange={(event) => relabel(address, event.currentTarget.checked ? "" : null)}
        />
        {say(WORDS.noLabel)}
      </label>
    </div>
  );
}

function Presets() {
  const display = currentDisplay.value;
  if (!display) return null;
  const shapes = display.layout.cells.length;
  const shut = whyShut(display);
  return (
    <section>
      <h3>
        {say(WORDS.presets)} <span class="quiet">
          {display.name} <ShutSign why={shut} />
        </span>
      </h3>
      <div class="presets">
        {presets.value.filter(({ across }) => !across).map((preset) => (
          <button
            key={preset.name}
            type="button"
            class="preset"
            aria-disabled={shut !== null}
            title={shut ? say(WHY_SHUT[shut]) : undefined}
            aria-label={`${say(WORDS.presets)} ${preset.name.replace("x", "×")}`}
            aria-pressed={preset.cells.length === shapes && isLaidOut(display, preset)}
            onClick={() =>
              !shut && void perform({ type: "preset", display: display.id, preset: preset.name }, inBoth`${display.name}: ${preset.name}`)
            }
          >
            <LayoutIcon preset={preset} />
            <span>{preset.name.replace("x", "×")}</span>
          </button>
        ))}
      </div>
    </section>
  );
}

function isLaidOut({ layout }: Display, preset: { columns: number; rows: number; cells: readonly { x: number; y: number; w: number; h: number }[] }): boolean {
  const key = (columns: number, rows: number, { x, y, w, h }: { x: number; y: number; w: number; h: number }): string =>
    [x / columns, y / rows, w / columns, h / rows].map((share) => share.toFixed(3)).join(" ");
  const there = new Set(layout.cells.map((cell) => key(layout.columns, layout.rows, cell)));
  return preset.cells.every((cell) => there.has(key(preset.columns, preset.rows, cell)));
}

function Costs() {
  const found = preview.value;
  if (!found) return null;
  const { total, recorders } = found;
  const figure = (value: number): string => value.toLocaleString(language.value, { maximumFractionDigits: 2 });
  const lines: [string, string][] = [
    [say(WORDS.decoders), figure(total.decoders)],
    ["Mbit/s", figure(total.mbps)],
    [say(WORDS.tilerCores), figure(total.tiler_cores)],
    ...Object.entries(total.sessions).map(([host, count]): [string, string] => [
      `${say(WORDS.sessions)} ${host}`,
      `${count} / ${recorders[host] ?? "–"}`,
    ]),
  ];
  return (
    <dl class="costs">
      {lines.map(([what, value]) => (
        <div key={what}>
          <dt>{what}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
