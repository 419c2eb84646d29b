import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ColumnNames } from "../shared/column_names";
import { Field } from "../shared/field";
import { ask, HttpError } from "../shared/http";
import type { Said } from "../shared/language";
import { PAGE_WORDS } from "../shared/page_words";
import { language, say } from "../shared/session";
import { Sign } from "../shared/sign";
import { submitting } from "../shared/submitting";
import { allChosen, canBeAdded, changed, type Drafts, draftOf, type Row, wanted } from "./discovery_rows";
import { DISCOVERY_WORDS as WORDS } from "./discovery_words";
import { follow } from "./following";
import { type FieldProblem, FoundRow } from "./found_row";
import { notice, readAgain, tell, tellProblem } from "./store";

/** Of `/api/discovery`. */
interface Told {
  readonly searching: boolean;
  /** Since it was forgotten what was found. */
  readonly searched: boolean;
  readonly devices: number;
  readonly answered: number;
  readonly left_out: number;
  readonly problem: Said | null;
  readonly cameras: readonly Row[];
}

/** ONVIF cameras of the network: searched, looked at, taken into the catalogue. */
export function Discovery() {
  const told = useSignal<Told | null>(null);
  const drafts = useSignal<Drafts>(new Map());
  const problems = useSignal<Readonly<Record<string, readonly FieldProblem[]>>>({});
  const credentials = useSignal({ username: "", password: "" });
  const busy = useSignal(false);

  /** How often it was begun to follow the search anew. */
  const follows = useSignal(0);

  /** Whether a search is under way, of which there is more to come. */
  const read = async (): Promise<boolean> => {
    told.value = await ask<Told>("/api/discovery");
    return told.value.searching;
  };
  /** Where the server refuses, why; and then what it says. */
  const doing = async (what: () => Promise<void>): Promise<void> => {
    busy.value = true;
    try {
      await what();
      await read().catch(() => (follows.value += 1));
    } catch (error) {
      if (error instanceof HttpError && error.status === 409) tell(WORDS.busy, false);
      else tellProblem(error);
    } finally {
      busy.value = false;
    }
  };
  const isSearching = told.value?.searching ?? false;
  useEffect(() => {
    const ended = new AbortController();
    let said: typeof notice.value = null;
    const failed = (error: unknown): void => {
      if (error === null && notice.value === said) notice.value = null;
      if (error !== null) tellProblem(error);
      said = notice.value;
    };
    follow(read, failed, ended.signal).catch((error: unknown) => {
      if (!ended.signal.aborted) throw error;
    });
    return () => ended.abort();
  }, [isSearching, follows.value]);

  const search = (hosts: readonly string[]): Promise<void> =>
    doing(() => ask("/api/discovery", "POST", { hosts, ...credentials.value }));
  const forget = (): Promise<void> =>
    doing(async () => {
      await ask("/api/discovery", "DELETE");
      drafts.value = new Map();
      problems.value = {};
    });
  const rows = told.value?.cameras ?? [];
  const chosen = wanted(drafts.value, rows);
  const add = (): Promise<void> =>
    doing(async () => {
      problems.value = {};
      try {
        const { added } = await ask<{ added: readonly string[] }>("/api/discovery/cameras", "POST", { cameras: chosen });
        await readAgain();
        const count = added.length.toLocaleString(language.value);
        tell({ id: `${count} kamera ditambahkan ke katalog.`, en: `${count} cameras were added to the catalogue.` });
      } catch (error) {
        if (!(error instanceof HttpError && error.status === 422 && error.body.cameras)) throw error;
        problems.value = error.body.cameras as Record<string, readonly FieldProblem[]>;
        tell(WORDS.notAdded, false);
      }
    });
  if (told.value === null) return <p class="sentence">{say(PAGE_WORDS.loading)}</p>;
  const isFree = !busy.value && !isSearching;
  return (
    <section class="list discovery">
      <SearchForm credentials={credentials} isFree={isFree} onSearch={search} />
      <div class="bar">
        <Progress told={told.value} />
        {rows.length > 0 && (
          <span class="bar-end">
            <button type="button" class="button" disabled={!isFree} onClick={() => void forget()}>
              {say(WORDS.forget)}
            </button>
            <button type="button" class="button primary" disabled={!isFree || chosen.length === 0} onClick={() => void add()}>
              {say(WORDS.addChosen)} ({chosen.length.toLocaleString(language.value)})
            </button>
          </span>
        )}
      </div>
      {rows.length > 0 && (
        <div class="scrolled" tabIndex={0} role="region" aria-label={say(WORDS.found)}>
          <table class="plain found">
            <thead>
              <tr>
                <th scope="col">
                  <input
                    type="checkbox"
                    aria-label={say(WORDS.chooseAll)}
                    title={say(WORDS.chooseAll)}
                    checked={chosen.length > 0 && chosen.length === rows.filter(canBeAdded).length}
                    onChange={(event) => (drafts.value = allChosen(drafts.value, rows, event.currentTarget.checked))}
                  />
                </th>
                <ColumnNames words={[WORDS.camera, WORDS.id, WORDS.main, WORDS.sub, WORDS.remarks]} />
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <FoundRow
                  key={row.key}
                  row={row}
                  draft={draftOf(drafts.value, row)}
                  problems={problems.value[row.key] ?? []}
                  onChange={(change) => (drafts.value = changed(drafts.value, row, change))}
                  onAgain={isFree && credentials.value.username !== "" ? () => void search([row.service || row.address]) : null}
                />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

interface SearchParts {
  readonly credentials: { value: { username: string; password: string } };
  readonly isFree: boolean;
  readonly onSearch: (hosts: readonly string[]) => Promise<void>;
}

function SearchForm({ credentials, isFree, onSearch }: SearchParts) {
  const hosts = useSignal("");
  const { username, password } = credentials.value;
  return (
    <form class="search-form" onSubmit={submitting(() => onSearch(hosts.value.split(/[\s,;]+/).filter(Boolean)))}>
      <Field
        id="hosts"
        label={say(WORDS.where)}
        placeholder={say(WORDS.whereHint)}
        autocomplete="off"
        spellcheck={false}
        value={hosts.value}
        onText={(text) => (hosts.value = text)}
      />
      <Field
        id="camera-user"
        label={say(WORDS.username)}
        maxLength={200}
        autocomplete="off"
        spellcheck={false}
        value={username}
        onText={(text) => (credentials.value = { ...credentials.value, username: text })}
      />
      <Field
        id="camera-password"
        label={say(WORDS.password)}
        type="password"
        maxLength={200}
        autocomplete="new-password"
        spellcheck={false}
        value={password}
        onText={(text) => (credentials.value = { ...credentials.value, password: text })}
      />
      <button type="submit" class="button primary" disabled={!isFree}>
        {say(WORDS.search)}
      </button>
      <p class="hint">{say(WORDS.how)}</p>
    </form>
  );
}

function Progress({ told }: { told: Told }) {
  const count = (value: number): string => value.toLocaleString(language.value);
  const { answered, devices, left_out, problem, searched, searching } = told;
  return (
    <div role="status">
      {searching && (
        <p>
          {say(WORDS.searching)} {devices > 0 && `${count(answered)} ${say(WORDS.answered)} ${count(devices)}.`}
        </p>
      )}
      {!searching && problem && (
        <p class="with-sign">
          <Sign state="unreachable" />
          {say(problem)}
        </p>
      )}
      {!searching && !problem && devices > 0 && (
        <p class="quiet">
          {count(devices)} {say(WORDS.devices)}
        </p>
      )}
      {left_out > 0 && (
        <p>
          {count(left_out)} {say(WORDS.leftOut)}
        </p>
      )}
      {!searching && !problem && searched && devices === 0 && <p class="quiet">{say(WORDS.none)}</p>}
    </div>
  );
}
