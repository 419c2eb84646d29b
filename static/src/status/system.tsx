import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import type { Said } from "../shared/language";
import { PAGE_WORDS } from "../shared/page_words";
import { heard, language, me, now, say } from "../shared/session";
import { Problem } from "../shared/problem";
import { Sign } from "../shared/sign";
import { isDead, type State, stateName } from "../shared/states";
import { durationText } from "../shared/durations";
import { Charts } from "./charts";
import {
  type Composed,
  type Display,
  missing,
  type Needed,
  points,
  type Pulled,
  readFigures,
  sinceMs,
  type Site,
  site,
  type Worker,
} from "./figures";
import { WORST_FIRST } from "./filters";
import { cameras } from "./store";
import { WORDS } from "./words";

const REFRESH_MS = 5000;

/** Displays, viewers, workers and streams with their figures. */
export function System() {
  const may = me.value?.actions.includes("sessions.see");
  useEffect(() => {
    if (!may) return undefined;
    void readFigures();
    const timer = setInterval(() => void (document.hidden || readFigures()), REFRESH_MS);
    return () => {
      clearInterval(timer);
      heard("system");
    };
  }, [may]);
  if (may === false) return <p class="sentence">{say(WORDS.forSupervisors)}</p>;
  if (site.value === null) return <p class="sentence">{say(PAGE_WORDS.loading)}</p>;
  const { displays, sessions, silent, workers, pulled, composed } = site.value;
  return (
    <div class="system" tabIndex={0}>
      <Charts points={points.value} sinceMs={sinceMs.value} />
      <Displays displays={displays} />
      <Workers workers={workers} />
      <Sessions sessions={sessions} silent={silent} displays={displays} />
      <Mosaics composed={composed} />
      <Streams pulled={pulled} />
    </div>
  );
}

function Displays({ displays }: { displays: readonly Display[] }) {
  return (
    <Table
      title={WORDS.displays}
      heads={[WORDS.display, WORDS.wall, WORDS.state, WORDS.size, WORDS.browsers, WORDS.frames, WORDS.lost, WORDS.decode]}
      words={3}
      rows={displays.map(({ id, name, wall, width, height, paired, connected, report }) => [
        name || id,
        wall,
        <Is key="is" state={connected > 0 ? "live" : paired ? "unreachable" : "off"}>
          {say(connected > 0 ? WORDS.connected : paired ? WORDS.notConnected : WORDS.notPaired)}
        </Is>,
        `${width} × ${height}`,
        connected,
        report?.frames,
        report && share(report.dropped, report.frames + report.dropped),
        report?.decode_ms == null ? null : `${number(report.decode_ms, 1)} ms`,
      ])}
    />
  );
}

function Workers({ workers }: { workers: readonly Worker[] }) {
  return (
    <Table
      title={WORDS.workers}
      problems={missing(workers).map((role) => say(WITHOUT[role]))}
      heads={[WORDS.role, WORDS.host, WORDS.work, WORDS.lasting, WORDS.cpu, WORDS.memory]}
      words={3}
      rows={workers.map((worker) => [
        worker.role,
        worker.host,
        workOf(worker),
        durationText(now.value - worker.since * 1000, language.value),
        worker.cpu === null ? null : number(worker.cpu, 2),
        `${number(worker.rss_bytes / 1e6, 0)} MB`,
      ])}
    />
  );
}

const WITHOUT: Readonly<Record<Needed, Said>> = {
  puller: WORDS.withoutPuller,
  tiler: WORDS.withoutTiler,
  gateway: WORDS.withoutGateway,
  judge: WORDS.withoutJudge,
};

function workOf({ streams, live, sessions, visits, looks }: Worker): string {
  const parts: [number | undefined, string][] = [
    [streams, say(WORDS.streamsCount)],
    [live, say(WORDS.liveCount)],
    [sessions, say(WORDS.sessionsCount)],
    [visits, say(WORDS.visits)],
    [looks, say(WORDS.looks)],
  ];
  return parts.flatMap(([count, word]) => (count === undefined ? [] : [`${number(count, 0)} ${word}`])).join(", ");
}

function Sessions({ sessions, silent, displays }: Pick<Site, "sessions" | "silent" | "displays">) {
  const names = new Map(displays.map(({ id, name }) => [id, name]));
  return (
    <Table
      title={WORDS.sessions}
      note={silent.length > 0 ? `${say(WORDS.silent)}: ${silent.join(", ")}` : undefined}
      heads={[
        WORDS.viewer,
        WORDS.state,
        WORDS.lasting,
        WORDS.rate,
        WORDS.loss,
        WORDS.rtt,
        WORDS.jitter,
        WORDS.repeated,
        WORDS.keyframes,
        WORDS.droppedUnits,
      ]}
      words={2}
      rows={sessions.map((one) => [
        one.display === null ? (one.stream ?? one.kind) : (names.get(one.display) ?? one.display),
        <Is key="is" state={one.state === "connected" ? (one.light ? "stale" : "live") : "connecting"}>
          {one.state === "connected" ? say(WORDS.connected) : one.state}
        </Is>,
        durationText(now.value - one.since_ms, language.value),
        `${number(one.kbps / 1000, 2)} Mbit/s`,
        one.loss === null ? null : `${number(one.loss * 100, 2)} %`,
        one.rtt_ms === null ? null : `${number(one.rtt_ms, 1)} ms`,
        one.jitter_ms === null ? null : `${number(one.jitter_ms, 1)} ms`,
        number(one.repeated, 0),
        number(one.keyframe_requests, 0),
        number(one.dropped, 0),
      ])}
    />
  );
}

function Mosaics({ composed }: { composed: readonly Composed[] }) {
  return (
    <Table
      title={WORDS.composed}
      heads={[WORDS.stream, WORDS.pictures, WORDS.late, WORDS.lateness]}
      words={1}
      rows={composed.map(({ stream, pictures, late, lateness_ms }) => [
        stream,
        number(pictures, 0),
        number(late, 0),
        `${number(lateness_ms, 1)} ms`,
      ])}
    />
  );
}

function Streams({ pulled }: { pulled: readonly Pulled[] }) {
  const names = new Map((cameras.value ?? []).map(({ id, name }) => [id, name]));
  const sorted = [...pulled].sort(
    (one, other) => WORST_FIRST.indexOf(one.state) - WORST_FIRST.indexOf(other.state) || other.kbps - one.kbps,
  );
  return (
    <Table
      title={WORDS.streams}
      heads={[WORDS.camera, WORDS.state, WORDS.stream, WORDS.codec, WORDS.picture, WORDS.gop, WORDS.rate]}
      words={4}
      rows={sorted.map((one) => [
        names.get(one.camera) ?? one.camera,
        <Is key="is" state={one.state}>
          {stateName(one.state, language.value)}
        </Is>,
        one.stream.split(".").at(-1),
        one.codec.toUpperCase(),
        one.width === 0 ? null : `${one.width} × ${one.height}, ${number(one.fps, 1)}/s`,
        one.gop_s === 0 ? null : `${number(one.gop_s, 1)} s`,
        isDead(one.state) ? null : `${number(one.kbps, 0)} kbit/s`,
      ])}
    />
  );
}

interface Figures {
  readonly title: { readonly id: string; readonly en: string };
  readonly problems?: readonly string[];
  readonly note?: string | undefined;
  readonly heads: readonly { readonly id: string; readonly en: string }[];
  /** So many columns are words; the others are figures. */
  readonly words: number;
  readonly rows: readonly (readonly ComponentChildren[])[];
}

function Table({ title, problems = [], note, heads, words, rows }: Figures) {
  const kind = (column: number): string | undefined => (column < words ? undefined : "number");
  return (
    <section>
      <h2>
        {say(title)} <span class="quiet">{number(rows.length, 0)}</span>
      </h2>
      {problems.map((problem) => (
        <Problem key={problem} text={problem} />
      ))}
      {note && <p class="sentence">{note}</p>}
      {rows.length === 0 ? (
        <p class="sentence">{say(WORDS.none)}</p>
      ) : (
        <table class="figures">
          <thead>
            <tr>
              {heads.map((head, column) => (
                <th key={head.id} class={kind(column)}>
                  {say(head)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, index) => (
              <tr key={index}>
                {row.map((cell, column) => (
                  <td key={heads[column]?.id} class={kind(column)}>
                    {cell ?? <span class="quiet">–</span>}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

/** How something is that is no camera: by the sign that means the same of one. */
function Is({ state, children }: { state: State; children: ComponentChildren }) {
  return (
    <span class="row-state">
      <Sign state={state} />
      {children}
    </span>
  );
}

function share(part: number, whole: number): string | null {
  return whole === 0 ? null : `${number((100 * part) / whole, 1)} %`;
}

function number(value: number, digits: number): string {
  return value.toLocaleString(language.value, { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
