import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ask } from "../shared/http";
import type { Said } from "../shared/language";
import { language, leaveIfSignedOut, say } from "../shared/session";
import { Sign } from "../shared/sign";
import { monthsBack } from "./ages";
import type { Group } from "./filters";
import { WORDS } from "./words";

const CAUSES = ["up", "camera", "network", "ours", "switched_off", "unknown"] as const;
type Cause = (typeof CAUSES)[number];

const NAMES: Record<Cause, Said> = {
  up: WORDS.up,
  camera: WORDS.byCamera,
  network: WORDS.byNetwork,
  ours: WORDS.byUs,
  switched_off: WORDS.switchedOff,
  unknown: WORDS.unknown,
};

interface Row {
  readonly name: string;
  readonly cameras: number;
  readonly up: number | null;
  /** The share of its cameras' month that `up` is reckoned from, and whether that is enough for evidence. */
  readonly drawn_from: number;
  readonly firm: boolean;
  readonly spent_ms: Readonly<Record<Cause, number>>;
}

interface Report {
  readonly from_ms: number;
  readonly until_ms: number;
  readonly watched_ms: number;
  readonly rows: readonly Row[];
}

const HOUR = 3_600_000;

const month = signal(monthsBack(Date.now())[0] ?? "");
const by = signal<Group>("district");
/** null: being counted; "failed": it could not be. */
const report = signal<Report | "failed" | null>(null);

export function Availability() {
  const address = `month=${month.value}&by=${by.value}`;
  useEffect(() => {
    let isWanted = true;
    report.value = null;
    ask<Report>(`/api/availability?${address}`)
      .then((answer) => {
        if (isWanted) report.value = answer;
      })
      .catch((error: unknown) => {
        if (isWanted) report.value = "failed";
        leaveIfSignedOut(error);
      });
    return () => {
      isWanted = false;
    };
  }, [address]);
  return (
    <section class="availability">
      <div class="filters">
        <label class="choice">
          <span class="quiet">{say(WORDS.month)}</span>
          <select
            class="field"
            value={month.value}
            onChange={(event) => {
              month.value = event.currentTarget.value;
            }}
          >
            {monthsBack(Date.now()).map((one) => (
              <option key={one} value={one}>
                {monthName(one)}
              </option>
            ))}
          </select>
        </label>
        <div class="segments" role="group">
          {(["district", "provider", "contractor"] as const).map((group) => (
            <button
              key={group}
              type="button"
              aria-pressed={by.value === group}
              onClick={() => {
                by.value = group;
              }}
            >
              {say(WORDS[group])}
            </button>
          ))}
        </div>
        <a class="button" href={`/api/availability.csv?${address}`} download>
          {say(WORDS.csv)}
        </a>
        <Watched />
      </div>
      <Legend />
      <Rows />
      <p class="definition quiet">{say(WORDS.definition)}</p>
    </section>
  );
}

/** How much of the month somebody looked. */
function Watched() {
  const found = report.value;
  if (found === null || found === "failed") return null;
  const share = found.watched_ms / (found.until_ms - found.from_ms);
  return (
    <span class="filters-count quiet">
      {say(WORDS.watched)} {hours(found.watched_ms)} {say(WORDS.of)} {hours(found.until_ms - found.from_ms)}{" "}
      {say(WORDS.hours)} ({percent(share)})
    </span>
  );
}

function Legend() {
  return (
    <ul class="legend">
      {CAUSES.slice(1).map((cause) => (
        <li key={cause}>
          <i class={`swatch spent-${cause}`} />
          {say(NAMES[cause])}
        </li>
      ))}
    </ul>
  );
}

function Rows() {
  const found = report.value;
  if (found === null) return <p class="sentence">{say(WORDS.counting)}</p>;
  if (found === "failed") return <p class="sentence">{say(WORDS.failed)}</p>;
  const widest = Math.max(1e-9, ...found.rows.map(without));
  return (
    <>
      {found.rows.some(({ firm }) => !firm) && (
        <p class="not-firm">
          <Sign state="stale" />
          {say(WORDS.notFirm)}
        </p>
      )}
      <div class="figures-box" tabIndex={0}>
        <table class="figures shares">
          <thead>
            <tr>
              <th>{say(WORDS[by.value])}</th>
              <th class="number">{say(WORDS.cameras)}</th>
              <th class="number">{say(WORDS.share)}</th>
              <th class="number">{say(WORDS.drawnFrom)}</th>
              <th class="bar-head">{say(WORDS.without)}</th>
              {CAUSES.map((cause) => (
                <th key={cause} class="number">
                  {say(NAMES[cause])} ({say(WORDS.hours)})
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {found.rows.map((row) => (
              <tr key={row.name}>
                <th scope="row">{row.name || <span class="quiet">({say(WORDS.unnamed)})</span>}</th>
                <td class="number">{row.cameras.toLocaleString(language.value)}</td>
                <td class={row.firm ? "number share" : "number share weak"}>
                  {row.up === null ? say(WORDS.nothingCounts) : percent(row.up)}
                </td>
                <td class={row.firm ? "number" : "number tone-warn"}>
                  {!row.firm && <Sign state="stale" title={say(WORDS.notFirm)} />} {percent(row.drawn_from)}
                </td>
                <td>
                  <Bar spent={row.spent_ms} widest={widest} />
                </td>
                {CAUSES.map((cause) => (
                  <td key={cause} class={row.spent_ms[cause] === 0 ? "number nothing" : "number"}>
                    {hours(row.spent_ms[cause])}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

/** What was not good, to the scale of the row that has most of it: beside 99 % that is good it could not be seen. */
function Bar({ spent, widest }: { spent: Row["spent_ms"]; widest: number }) {
  const whole = CAUSES.reduce((sum, cause) => sum + spent[cause], 0);
  return (
    <div class="bar" aria-hidden="true">
      {CAUSES.filter((cause) => cause !== "up" && spent[cause] > 0).map((cause) => (
        <i key={cause} class={`spent-${cause}`} style={{ width: `${(100 * spent[cause]) / whole / widest}%` }} />
      ))}
    </div>
  );
}

/** The share of its time in which a group had no good pictures. */
function without({ spent_ms: spent }: Row): number {
  const whole = CAUSES.reduce((sum, cause) => sum + spent[cause], 0);
  return whole === 0 ? 0 : 1 - spent.up / whole;
}

/** Rounded down: what is not whole is never shown as 100. */
function percent(share: number): string {
  const text = (Math.floor(share * 10_000 + 1e-9) / 100).toLocaleString(language.value, {
    minimumFractionDigits: 2,
    maximumFractionDigits: 2,
  });
  return `${text} %`;
}

function hours(ms: number): string {
  return (ms / HOUR).toLocaleString(language.value, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
}

function monthName(text: string): string {
  const locale = language.value === "en" ? "en-GB" : "id-ID";
  return new Intl.DateTimeFormat(locale, { month: "long", year: "numeric", timeZone: "UTC" }).format(
    Date.parse(`${text}-01`),
  );
}
