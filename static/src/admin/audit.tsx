import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ColumnNames } from "../shared/column_names";
import { ask } from "../shared/http";
import { dateTime } from "../shared/moments";
import { PAGE_WORDS } from "../shared/page_words";
import { language, say } from "../shared/session";
import { siteClock } from "../shared/site_clock";
import { whileBusy } from "./store";
import { objectText, type Side, sideText } from "./audit_text";
import { ACTIONS, WORDS } from "./words";

const PAGE = 100;

interface Entry {
  readonly id: number;
  readonly at_ms: number;
  readonly who: string;
  readonly role: string;
  readonly address: string;
  readonly action: string;
  readonly object: string;
  readonly before: Side;
  readonly after: Side;
}

interface Wanted {
  readonly who: string;
  readonly action: string;
  readonly object: string;
  readonly from: string;
  readonly until: string;
}

const ANY: Wanted = { who: "", action: "", object: "", from: "", until: "" };

/** Who changed what, and when. */
export function Audit() {
  const wanted = useSignal<Wanted>(ANY);
  const entries = useSignal<readonly Entry[] | null>(null);
  const hasMore = useSignal(false);
  const reading = useSignal(false);
  const read = (before: number | null): Promise<void> =>
    whileBusy(reading, async () => {
      const asked = wanted.value;
      const query = queryOf(asked);
      query.set("limit", String(PAGE));
      if (before !== null) query.set("before_id", String(before));
      const found = await ask<Entry[]>(`/api/audit?${query}`);
      if (asked !== wanted.value) return;
      entries.value = before === null ? found : [...(entries.value ?? []), ...found];
      hasMore.value = found.length === PAGE;
    });
  useEffect(() => {
    const timer = setTimeout(() => void read(null), 250);
    return () => clearTimeout(timer);
  }, [wanted.value]);
  const put = (name: keyof Wanted) => (event: { currentTarget: HTMLInputElement | HTMLSelectElement }) => {
    wanted.value = { ...wanted.value, [name]: event.currentTarget.value };
  };
  const shown = entries.value;
  return (
    <section class="list" aria-label={say(WORDS.audit)}>
      <div class="bar filters">
        <label>
          {say(WORDS.who)}
          <input class="field" value={wanted.value.who} onInput={put("who")} />
        </label>
        <label>
          {say(WORDS.action)}
          <select class="field" value={wanted.value.action} onChange={put("action")}>
            <option value="">{say(WORDS.any)}</option>
            {Object.entries(ACTIONS).map(([key, said]) => (
              <option key={key} value={key}>
                {say(said)}
              </option>
            ))}
          </select>
        </label>
        <label>
          {say(WORDS.object)}
          <input class="field" value={wanted.value.object} onInput={put("object")} />
        </label>
        <label>
          {say(WORDS.from)}
          <input class="field" type="datetime-local" value={wanted.value.from} onInput={put("from")} />
        </label>
        <label>
          {say(WORDS.until)}
          <input class="field" type="datetime-local" value={wanted.value.until} onInput={put("until")} />
        </label>
        <span class="bar-end">
          <a class="button" href={`/api/audit.csv?${queryOf(wanted.value)}`} download="audit.csv">
            {say(WORDS.export)}
          </a>
        </span>
      </div>
      {shown === null && <p class="sentence">{say(PAGE_WORDS.loading)}</p>}
      {shown?.length === 0 && <p class="sentence">{say(WORDS.noEntries)}</p>}
      {shown !== null && shown.length > 0 && (
        <div class="scrolled" tabIndex={0}>
          <table class="plain audit">
            <thead>
              <tr>
                <ColumnNames words={[WORDS.when, WORDS.who, WORDS.action, WORDS.object, WORDS.before, WORDS.after]} />
              </tr>
            </thead>
            <tbody>
              {shown.map((entry) => (
                <tr key={entry.id}>
                  <td class="nowrap">{dateTime(entry.at_ms, language.value)}</td>
                  <td title={`${entry.role}, ${entry.address}`}>{entry.who}</td>
                  <td>{say(ACTIONS[entry.action] ?? { id: entry.action, en: entry.action })}</td>
                  <td>{objectText(entry)}</td>
                  <td class="side-text">{sideText(entry.before, entry.after)}</td>
                  <td class="side-text">{sideText(entry.after, entry.before)}</td>
                </tr>
              ))}
            </tbody>
          </table>
          {hasMore.value && (
            <p class="sentence">
              <button type="button" class="button" disabled={reading.value} onClick={() => void read(shown.at(-1)?.id ?? null)}>
                {say(WORDS.older)}
              </button>
            </p>
          )}
        </div>
      )}
    </section>
  );
}

function queryOf(wanted: Wanted): URLSearchParams {
  const query = new URLSearchParams();
  for (const name of ["who", "action", "object"] as const) {
    if (wanted[name].trim() !== "") query.set(name, wanted[name].trim());
  }
  const [from, until] = [siteClock.instantOfField(wanted.from), siteClock.instantOfField(wanted.until)];
  if (from !== null) query.set("from_ms", String(from));
  if (until !== null) query.set("until_ms", String(until));
  return query;
}
