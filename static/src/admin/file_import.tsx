import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { ColumnNames } from "../shared/column_names";
import { ask, HttpError } from "../shared/http";
import type { Said } from "../shared/language";
import { RowTable } from "../shared/row_table";
import { language, say } from "../shared/session";
import { Sign } from "../shared/sign";
import { differing, formOf, type Line, linesOf, type Preview } from "./import_lines";
import { readAgain, tell, tellProblem } from "./store";
import { COLUMNS, WORDS } from "./words";

/** A city's catalogue takes some seconds on a slow server. */
const WITHIN_MS = 60_000;
const MOST_BYTES = 4_000_000;

interface ChosenFile {
  readonly name: string;
  readonly form: string;
  readonly text: string;
}

/** Many cameras by a file: what it would do is looked at first. */
export function FileImport() {
  const file = useSignal<ChosenFile | null>(null);
  const preview = useSignal<Preview | null>(null);
  const changed = useSignal<ReadonlySet<string>>(new Set());
  const busy = useSignal(false);
  const count = (value: number): string => value.toLocaleString(language.value);

  const look = async (chosen: File): Promise<void> => {
    busy.value = true;
    preview.value = null;
    changed.value = new Set();
    try {
      if (chosen.size > MOST_BYTES) {
        tell(WORDS.fileTooLarge, false);
        return;
      }
      file.value = { name: chosen.name, form: formOf(chosen.name), text: await chosen.text() };
      const { form, text } = file.value;
      preview.value = await ask<Preview>("/api/catalogue/preview", "POST", { form, text }, WITHIN_MS);
    } catch (error) {
      tellProblem(error);
    } finally {
      busy.value = false;
    }
  };
  const apply = async (): Promise<void> => {
    const before = preview.value;
    if (!before || !file.value) return;
    busy.value = true;
    try {
      const { form, text } = file.value;
      const body = { form, text, digest: before.digest };
      const done = await ask<{ added: number; changed: number }>("/api/catalogue/import", "POST", body, WITHIN_MS);
      await readAgain();
      preview.value = null;
      file.value = null;
      tell({
        id: `Katalog diperbarui: ${count(done.added)} kamera baru, ${count(done.changed)} berubah.`,
        en: `The catalogue is up to date: ${count(done.added)} new cameras, ${count(done.changed)} changed.`,
      });
    } catch (error) {
      if (error instanceof HttpError && error.status === 409 && error.body.preview) {
        const now = error.body.preview as Preview;
        changed.value = differing(before, now);
        preview.value = now;
        tell(WORDS.previewStale, false);
      } else tellProblem(error);
    } finally {
      busy.value = false;
    }
  };
  const shown = preview.value;
  const todo = shown ? shown.added.length + shown.changed.length : 0;
  return (
    <section class="list import">
      <div class="bar">
        <label class={file.value ? "button file-button" : "button primary file-button"}>
          {say(file.value ? WORDS.chooseAgain : WORDS.chooseFile)}
          <input
            class="visually-hidden"
            type="file"
            accept=".csv,.yaml,.yml,text/csv"
            disabled={busy.value}
            onChange={(event) => {
              const input = event.currentTarget;
              const chosen = input.files?.[0];
              if (chosen) void look(chosen).then(() => (input.value = "")); // the same file again is a change too
            }}
          />
        </label>
        {file.value && <b>{file.value.name}</b>}
        {busy.value && <span class="quiet">{say(WORDS.reading)}</span>}
        {shown && (
          <span class="bar-end">
            <button
              type="button"
              class="button primary"
              disabled={busy.value || shown.error_count > 0 || todo === 0}
              onClick={() => void apply()}
            >
              {say(WORDS.apply)} ({count(todo)})
            </button>
          </span>
        )}
      </div>
      {!shown && !busy.value && <Explained />}
      {shown && (
        <>
          <dl class="sums">
            <Sum name={say(WORDS.added)} value={count(shown.added.length)} />
            <Sum name={say(WORDS.changed)} value={count(shown.changed.length)} />
            <Sum name={say(WORDS.unchanged)} value={count(shown.unchanged)} />
            <Sum name={say(WORDS.errors)} value={count(shown.error_count)} bad={shown.error_count > 0} />
          </dl>
          {shown.error_count > 0 && <Errors errors={shown.errors} count={shown.error_count} words={WORDS.errorsMean} />}
          {shown.left_out.length > 0 && (
            <Errors errors={shown.left_out} count={shown.left_out_count} words={WORDS.leftOutMeans} />
          )}
          {todo > 0 && <Changes preview={shown} changed={changed.value} />}
          {todo === 0 && shown.error_count === 0 && <p class="sentence">{say(WORDS.nothingToDo)}</p>}
        </>
      )}
    </section>
  );
}

function Explained() {
  return (
    <div class="sentence explained">
      <p>{say(WORDS.importHow)}</p>
      <p>{say(WORDS.importKeeps)}</p>
      <p>
        <code>id, name, main_url, sub_url, district, village, lorong, latitude, longitude, risk, username, password, …</code>
      </p>
    </div>
  );
}

function Sum({ name, value, bad = false }: { name: string; value: string; bad?: boolean }) {
  return (
    <div class={bad ? "is-bad" : ""}>
      <dt>
        {bad && <Sign state="unreachable" />}
        {name}
      </dt>
      <dd>{value}</dd>
    </div>
  );
}

interface ErrorsParts {
  readonly errors: Preview["errors"];
  readonly count: number;
  readonly words: Said;
}

function Errors({ errors, count, words }: ErrorsParts) {
  return (
    <section class="errors" aria-label={say(words)} tabIndex={0}>
      <p>{say(words)}</p>
      <table class="plain">
        <thead>
          <tr>
            <ColumnNames words={[WORDS.row, WORDS.column, WORDS.problem]} />
          </tr>
        </thead>
        <tbody>
          {errors.map((error, index) => (
            <tr key={index}>
              <td class="number">{error.row}</td>
              <td>{error.column}</td>
              <td>{say(error)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {count > errors.length && (
        <p class="quiet">
          {say(WORDS.andMore)} {(count - errors.length).toLocaleString(language.value)}.
        </p>
      )}
    </section>
  );
}

function Changes({ preview, changed }: { preview: Preview; changed: ReadonlySet<string> }) {
  const lines = useMemo(() => linesOf(preview), [preview]);
  return (
    <RowTable
      kind="changes-table"
      label={say(WORDS.changes)}
      columns={[WORDS.row, WORDS.camera, WORDS.column, WORDS.before, WORDS.after]}
      rowRem={2.25}
      rows={lines}
    >
      {(line, index) => <ChangeRow key={line.key} line={line} index={index} marked={changed.has(line.planned.camera)} />}
    </RowTable>
  );
}

function ChangeRow({ line, index, marked }: { line: Line; index: number; marked: boolean }) {
  const { planned, change, isFirst } = line;
  const value = (one: string | number | null): string => (one === null || one === "" ? "–" : String(one));
  return (
    <div class={marked ? "table-row marked" : "table-row"} role="row" aria-rowindex={index}>
      <span role="cell" class="number quiet">
        {isFirst ? planned.row : ""}
      </span>
      <span role="cell" title={planned.name}>
        {isFirst ? planned.name : ""} {isFirst && <span class="quiet">{planned.camera}</span>}
      </span>
      <span role="cell">{change ? say(COLUMNS[change.column] ?? { id: change.column, en: change.column }) : ""}</span>
      {change === null ? (
        <>
          <span role="cell" class="is-new">
            {say(WORDS.isNew)}
          </span>
          <span role="cell" class="quiet">
            {planned.place}
          </span>
        </>
      ) : (
        <>
          <span role="cell" class="was" title={value(change.before)}>
            {change.secret ? "•••" : value(change.before)}
          </span>
          <span role="cell" class="becomes" title={value(change.after)}>
            {change.secret ? say(WORDS.newSecret) : value(change.after)}
          </span>
        </>
      )}
    </div>
  );
}
