/** Whether every lorong of a risk class was on the wall often enough in this shift: what was not seen yet first. */
import { signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { durationText } from "../shared/durations";
import { ask, HttpError } from "../shared/http";
import type { Said } from "../shared/language";
import { PAGE_WORDS } from "../shared/page_words";
import { Problem } from "../shared/problem";
import { refusalOf } from "../shared/refusals";
import { RowTable } from "../shared/row_table";
import { language, leaveIfSignedOut, say } from "../shared/session";
import { Sign } from "../shared/sign";
import { cameras } from "../shared/site";
import { wallPath } from "../shared/wall_place";
import type { Wall } from "../shared/walls";
import { type Covered, type CoverageReport, countStandings, placeOf, SIGN_OF, type Standing, STANDINGS, standingOf, unseenFirst, wantedMinutes } from "./coverage_rows";
import { BACK_HOURS, chosenSince, findShift, own, ownSpan, shift, since, type Since, sinceMs } from "./coverage_since";
import { moment, zonedMoment } from "./names";
import { WORDS } from "./words";

const RISKS = ["red", "yellow", "green"] as const;
const AGAIN_MS = 60_000;

const risk = signal<(typeof RISKS)[number]>("red");
const district = signal("");
const minutes = signal<number | null>(null);
const standing = signal<Standing | null>(null);
/** null: being counted. */
const report = signal<CoverageReport | null>(null);
const problem = signal<Said | null>(null);

export function Coverage({ wall }: { wall: Wall }) {
  const wanted = minutes.value ?? wantedMinutes(wall.tours, risk.value);
  const query = queryOf(wanted);
  useEffect(() => void findShift(), []);
  useEffect(() => count(query), [query, since.value, shift.value]);
  const rows = unseenFirst(report.value?.lorongs ?? []);
  return (
    <div class="coverage">
      <Bar wall={wall} wanted={wanted} query={query} />
      {problem.value !== null && (
        <div class="sentence">
          <Problem text={say(problem.value)} />
        </div>
      )}
      {query !== null && report.value === null && problem.value === null && <p class="sentence">{say(WORDS.counting)}</p>}
      {report.value && <Standings rows={rows} wanted={wanted} report={report.value} />}
      {report.value && rows.length === 0 && <p class="sentence">{say(WORDS.noLorongs)}</p>}
      {rows.length > 0 && <Rows rows={rows.filter((one) => standing.value === null || standingOf(one) === standing.value)} />}
      <p class="definition quiet">{say(WORDS.coverageDefinition)}</p>
    </div>
  );
}

/** Without the time, which goes on: null where somebody has not written it whole. */
function queryOf(wanted: number): string | null {
  if (!Number.isInteger(wanted) || wanted < 1 || wanted > 1440) return null;
  const span: Readonly<Record<string, string>> | null = since.value === "own" ? ownSpan() : {};
  if (span === null) return null;
  const query = new URLSearchParams({ minutes: String(wanted), risk: risk.value, ...span });
  if (district.value !== "") query.set("district", district.value);
  return query.toString();
}

function withTime(query: string): string {
  return since.value === "own" ? query : `${query}&from=${Math.round(sinceMs(Date.now()))}`;
}

/** Now, and again every minute. */
function count(query: string | null): () => void {
  let isWanted = true;
  report.value = null;
  problem.value = null;
  const read = async (): Promise<void> => {
    if (query === null || document.hidden) return;
    try {
      const found = await ask<CoverageReport>(`${wallPath}/coverage?${withTime(query)}`);
      if (!isWanted) return;
      report.value = found;
      problem.value = null;
    } catch (error) {
      if (isWanted && !leaveIfSignedOut(error)) problem.value = whyNot(error);
      if (!(error instanceof HttpError)) throw error;
    }
  };
  void read();
  const timer = setInterval(() => void read(), AGAIN_MS);
  return () => {
    isWanted = false;
    clearInterval(timer);
  };
}

function whyNot(error: unknown): Said {
  return error instanceof HttpError ? refusalOf(error) : PAGE_WORDS.failed;
}

function Bar({ wall, wanted, query }: { wall: Wall; wanted: number; query: string | null }) {
  const districts = [...new Set((cameras.value ?? []).flatMap((camera) => camera.district || []))].sort();
  return (
    <div class="filters">
      <div class="segments" role="group" aria-label={say(WORDS.riskClass)}>
        {RISKS.map((one) => (
          <button
            key={one}
            type="button"
            aria-pressed={risk.value === one}
            onClick={() => {
              risk.value = one;
              minutes.value = null;
            }}
          >
            <i class={`risk-dot ${one}`} />
            {say(WORDS[one])}
          </button>
        ))}
      </div>
      {districts.length > 1 && (
        <label class="choice">
          <span class="quiet">{say(WORDS.district)}</span>
          <select class="field" value={district.value} onChange={(event) => (district.value = event.currentTarget.value)}>
            <option value="">{say(WORDS.every)}</option>
            {districts.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </label>
      )}
      <label class="choice">
        <span class="quiet">{say(WORDS.sinceWhen)}</span>
        <select class="field" value={String(since.value)} onChange={(event) => (chosenSince.value = sinceOf(event.currentTarget.value))}>
          {shift.value !== null && (
            <option value="shift">
              {say(WORDS.sinceShift)} {moment(shift.value)}
            </option>
          )}
          {BACK_HOURS.map((hours) => (
            <option key={hours} value={String(hours)}>
              {hours} {say(WORDS.hours)}
            </option>
          ))}
          <option value="own">{say(WORDS.ownTime)}</option>
        </select>
      </label>
      {since.value === "own" && <OwnTime />}
      <label class="choice">
        <span class="quiet">{say(WORDS.atMost)}</span>
        <Minutes wall={wall} wanted={wanted} />
        <span class="quiet">{say(WORDS.minutesAway)}</span>
      </label>
      {query !== null && (
        <a class="button bar-end" href={`${wallPath}/coverage?${withTime(query)}&format=csv`} download>
          {say(WORDS.csv)}
        </a>
      )}
    </div>
  );
}

/** What somebody types stays, however often the page reads the wall anew; it counts once it is done. */
function Minutes({ wall, wanted }: { wall: Wall; wanted: number }) {
  const typed = useSignal<string | null>(null);
  return (
    <input
      class="field minutes"
      type="number"
      min={1}
      max={1440}
      value={typed.value ?? wanted}
      onInput={(event) => (typed.value = event.currentTarget.value)}
      onChange={(event) => (minutes.value = event.currentTarget.valueAsNumber || wantedMinutes(wall.tours, risk.value))}
      onBlur={() => (typed.value = null)}
    />
  );
}

function OwnTime() {
  return (
    <>
      {(["from", "to"] as const).map((end) => (
        <label key={end} class="choice">
          <span class="quiet">{say(WORDS[end])}</span>
          <input
            class="field"
            type="datetime-local"
            value={own.value[end]}
            onChange={(event) => (own.value = { ...own.value, [end]: event.currentTarget.value })}
          />
        </label>
      ))}
    </>
  );
}

function sinceOf(value: string): Since {
  return value === "shift" || value === "own" ? value : Number(value);
}

/** How many were never seen, how many too seldom, how many often enough: a click shows these alone. */
function Standings({ rows, wanted, report: of }: { rows: readonly Covered[]; wanted: number; report: CoverageReport }) {
  const counts = countStandings(rows);
  return (
    <div class="tally standings">
      {STANDINGS.map((one) => (
        <button
          key={one}
          type="button"
          aria-pressed={standing.value === one}
          onClick={() => (standing.value = standing.value === one ? null : one)}
        >
          <span class="tally-count">
            <Sign state={SIGN_OF[one]} />
            {counts[one].toLocaleString(language.value)}
          </span>
          <span class="quiet">{one === "unseen" ? say(WORDS.unseen) : `${say(WORDS[one])} ${wanted} ${say(WORDS.minutes)}`}</span>
        </button>
      ))}
      <p class="quiet">
        {moment(of.from_ms)} – {zonedMoment(of.to_ms)}
      </p>
    </div>
  );
}

function Rows({ rows }: { rows: readonly Covered[] }) {
  return (
    <RowTable
      label={say(WORDS.coverage)}
      columns={[WORDS.standing, WORDS.district, WORDS.lorong, WORDS.cameras, WORDS.timesShown, WORDS.shownFor, WORDS.longestGap, WORDS.gapWhen]}
      rowRem={2.75}
      rows={rows}
    >
      {(one, index) => <Row key={`${placeOf(one)} ${one.lorong}`} row={one} index={index} />}
    </RowTable>
  );
}

function Row({ row, index }: { row: Covered; index: number }) {
  const its = standingOf(row);
  return (
    <div class="table-row" role="row" aria-rowindex={index}>
      <span class="row-state" role="cell">
        <Sign state={SIGN_OF[its]} />
        {say(WORDS[`${its}Short`])}
      </span>
      <span class="quiet row-name" role="cell">
        {placeOf(row)}
      </span>
      <span class="row-name" role="cell" title={row.cameras.join(", ")}>
        {row.lorong}
      </span>
      <span class="number quiet" role="cell">
        {row.cameras.length.toLocaleString(language.value)}
      </span>
      <span class="number" role="cell">
        {row.times.toLocaleString(language.value)}
      </span>
      <span class="number" role="cell">
        {row.times === 0 ? "–" : durationText(row.shown_ms, language.value)}
      </span>
      <span class="number" role="cell">
        {durationText(row.gap_ms, language.value)}
      </span>
      <span class="number quiet" role="cell">
        {moment(row.gap_from_ms)} – {moment(row.gap_to_ms)}
      </span>
    </div>
  );
}
