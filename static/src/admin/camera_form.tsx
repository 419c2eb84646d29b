import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Field, Labelled } from "../shared/field";
import { ask, HttpError } from "../shared/http";
import type { Said } from "../shared/language";
import { PAGE_WORDS } from "../shared/page_words";
import { language, say } from "../shared/session";
import { submitting } from "../shared/submitting";
import { Confirm } from "../shared/confirm";
import { changesOf, type Entry, type Fields, fieldsOf, NEW, writtenOf } from "./entry";
import { Published } from "./published";
import { Side } from "./side";
import { SwitchedOff } from "./switched_off";
import { cameras, readAgain, tell, tellProblem } from "./store";
import { COLUMNS, HINTS, RISKS, WORDS } from "./words";

/** What is wrong with one column, in both languages. */
interface FieldProblem extends Said {
  readonly column: string;
}

/** The columns of one camera; an empty id is a new one. */
export function CameraForm({ id }: { id: string }) {
  const entry = useSignal<Entry | null>(null);
  const isGone = useSignal(false);
  const path = `/api/cameras/${encodeURIComponent(id)}`;
  const read = async (): Promise<void> => {
    try {
      entry.value = await ask<Entry>(`${path}/entry`);
    } catch (error) {
      if (error instanceof HttpError && error.status === 404) isGone.value = true;
      else tellProblem(error);
    }
  };
  useEffect(() => {
    if (id !== "") void read();
  }, []);
  const isNew = id === "";
  const told = entry.value;
  const name = isNew ? say(WORDS.newCamera) : told ? String(told.name) : id;
  return (
    <Side title={name} close="#cameras">
      {isGone.value && <p class="sentence">{say(WORDS.gone)}</p>}
      {!isNew && !told && !isGone.value && <p class="sentence">{say(PAGE_WORDS.loading)}</p>}
      {isNew && <Columns entry={null} path="/api/cameras" onSaved={() => undefined} />}
      {told && (
        <>
          <Columns key={JSON.stringify([fieldsOf(told), told.has_password])} entry={told} path={path} onSaved={(saved) => (entry.value = saved)} />
          <section class="side-part">
            <h3>{say(WORDS.masks)}</h3>
            <p class="row-line">
              <span>{told.masks === 0 ? say(WORDS.noMasks) : `${told.masks} ${say(WORDS.masksCount)}`}</span>
              <a class="button" href={`#masks/${encodeURIComponent(id)}`}>
                {say(WORDS.drawMasks)}
              </a>
            </p>
          </section>
          <Published entry={told} path={path} />
          <SwitchedOff path={path} off={told.off} onChanged={() => void read()} />
          <Removal entry={told} path={path} />
        </>
      )}
    </Side>
  );
}

interface ColumnsParts {
  readonly entry: Entry | null;
  readonly path: string;
  readonly onSaved: (saved: Entry) => void;
}

function Columns({ entry, path, onSaved }: ColumnsParts) {
  const before = entry ? fieldsOf(entry) : NEW;
  const fields = useSignal<Fields>(before);
  const forget = useSignal(false);
  const busy = useSignal(false);
  const problems = useSignal<readonly FieldProblem[]>([]);
  const changes = entry ? changesOf(before, fields.value, forget.value) : writtenOf(fields.value);

  const save = async (): Promise<void> => {
    busy.value = true;
    problems.value = [];
    try {
      const saved = await ask<Entry>(path, entry ? "PATCH" : "POST", changes);
      await readAgain();
      if (!entry) location.hash = `#cameras/${encodeURIComponent(saved.id)}`;
      else onSaved(saved);
      tell(WORDS.saved);
    } catch (error) {
      const said = error instanceof HttpError ? error.body.fields : null;
      if (Array.isArray(said)) problems.value = said as FieldProblem[];
      else tellProblem(error);
    } finally {
      busy.value = false;
    }
    // Once it is drawn.
    requestAnimationFrame(() => document.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
  };

  const column = (name: string, more: Partial<ColumnParts> = {}) => (
    <Column
      key={name}
      name={name}
      value={fields.value[name] ?? ""}
      problem={problems.value.find((one) => one.column === name)}
      onInput={(value) => (fields.value = { ...fields.value, [name]: value })}
      {...more}
    />
  );
  const known = new Set(Object.keys(NEW));
  const others = problems.value.filter((one) => !known.has(one.column));
  const places = (part: "district" | "village"): string[] =>
    [...new Set((cameras.value ?? []).map((camera) => camera[part]))].filter(Boolean).sort();
  return (
    <form class="side-part" noValidate onSubmit={submitting(save)}>
      {!entry && column("id")}
      {column("name")}
      <fieldset>
        <legend>{say(WORDS.place)}</legend>
        <div class="pair">
          {column("district", { choices: places("district") })}
          {column("village", { choices: places("village") })}
        </div>
        {column("lorong")}
        <div class="pair">
          {column("latitude", { inputMode: "decimal" })}
          {column("longitude", { inputMode: "decimal" })}
        </div>
      </fieldset>
      <fieldset>
        <legend>{say(WORDS.source)}</legend>
        {column("main_url")}
        {column("sub_url")}
        <div class="pair">
          {column("username", { secret: entry?.has_password ?? false, off: forget.value })}
          {column("password", { secret: entry?.has_password ?? false, off: forget.value, type: "password" })}
        </div>
        {entry?.has_password && (
          <label class="check">
            <input type="checkbox" checked={forget.value} onChange={() => (forget.value = !forget.value)} />
            {say(WORDS.forgetPassword)}
          </label>
        )}
        <div class="pair">
          {column("transport", { options: { tcp: "TCP", udp: "UDP" } })}
          {column("max_sessions", { inputMode: "numeric" })}
        </div>
        <details>
          <summary>ONVIF</summary>
          {column("onvif_url")}
          <div class="pair">
            {column("main_profile")}
            {column("sub_profile")}
          </div>
        </details>
      </fieldset>
      <fieldset>
        <legend>{say(WORDS.care)}</legend>
        {column("risk", { options: Object.fromEntries(Object.entries(RISKS).map(([key, said]) => [key, say(said)])) })}
        <div class="pair">
          {column("provider")}
          {column("contractor")}
        </div>
      </fieldset>
      {others.map((one) => (
        <p class="problem" role="alert" key={one.column}>
          {one.column}: {say(one)}
        </p>
      ))}
      <div class="actions">
        <button type="submit" class="button primary" disabled={busy.value || Object.keys(changes).length === 0}>
          {say(entry ? PAGE_WORDS.save : WORDS.add)}
        </button>
        {problems.value.length > 0 && (
          <span class="quiet" role="alert">
            {problems.value.length.toLocaleString(language.value)} {say(WORDS.fieldsWrong)}
          </span>
        )}
      </div>
    </form>
  );
}

interface ColumnParts {
  readonly name: string;
  readonly value: string;
  readonly problem?: FieldProblem | undefined;
  readonly onInput: (value: string) => void;
  readonly options?: Readonly<Record<string, string>>;
  readonly choices?: readonly string[];
  readonly type?: "password";
  readonly inputMode?: "decimal" | "numeric";
  /** There is one already, which never comes back. */
  readonly secret?: boolean;
  readonly off?: boolean;
}

function Column({ name, value, problem, onInput, options, choices, type, inputMode, secret, off }: ColumnParts) {
  const hint = HINTS[name];
  const about = [problem ? `wrong-${name}` : "", hint ? `hint-${name}` : ""].filter(Boolean).join(" ");
  const common = {
    id: `field-${name}`,
    value,
    "aria-invalid": problem ? ("true" as const) : undefined,
    "aria-describedby": about || undefined,
  };
  const label = say(COLUMNS[name] ?? { id: name, en: name });
  const below = (
    <>
      {problem && (
        <p class="wrong" id={`wrong-${name}`}>
          {say(problem)}
        </p>
      )}
      {hint && !problem && (
        <p class="hint" id={`hint-${name}`}>
          {say(hint)}
        </p>
      )}
    </>
  );
  if (options) {
    return (
      <Labelled id={common.id} label={label}>
        <select {...common} class="field" onChange={(event) => onInput(event.currentTarget.value)}>
          {Object.entries(options).map(([key, words]) => (
            <option key={key} value={key}>
              {words}
            </option>
          ))}
        </select>
        {below}
      </Labelled>
    );
  }
  return (
    <Field
      {...common}
      label={label}
      type={type}
      autocomplete={type === "password" ? "new-password" : "off"}
      list={choices && `choices-${name}`}
      inputMode={inputMode}
      spellcheck={false}
      disabled={off}
      placeholder={secret ? say(WORDS.kept) : ""}
      onText={onInput}
    >
      {choices && (
        <datalist id={`choices-${name}`}>
          {choices.map((choice) => (
            <option key={choice} value={choice} />
          ))}
        </datalist>
      )}
      {below}
    </Field>
  );
}

function Removal({ entry, path }: { entry: Entry; path: string }) {
  const asking = useSignal(false);
  const remove = async (): Promise<void> => {
    try {
      await ask(path, "DELETE");
      await readAgain();
      location.hash = "#cameras";
    } catch (error) {
      tellProblem(error);
    }
  };
  return (
    <section class="side-part">
      <button type="button" class="button danger" onClick={() => (asking.value = true)}>
        {say(WORDS.removeCamera)}
      </button>
      {asking.value && (
        <Confirm
          title={`${say(WORDS.removeCamera)}: ${String(entry.name)}?`}
          does={say(WORDS.remove)}
          onYes={() => void remove()}
          onClose={() => (asking.value = false)}
        >
          <p>{say(WORDS.removeMeans)}</p>
          {entry.shown_on.length > 0 && (
            <p>
              {say(WORDS.shownOn)} {entry.shown_on.join(", ")}.
            </p>
          )}
        </Confirm>
      )}
    </section>
  );
}
