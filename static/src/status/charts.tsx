import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { language, say } from "../shared/session";
import { siteClock } from "../shared/site_clock";
import { shortMoment, zonedMoment } from "../shared/time";
import { dataOf, type Point } from "./series";
import { WORDS } from "./words";

interface Line {
  readonly label: string;
  /** A custom property of tokens.css. */
  readonly colour: string;
  readonly dash?: number[];
  readonly of: (point: Point) => number | null;
}

// No two marks of the hours say the same minute.
const STEPS_S = [60, 120, 300, 600, 1800, 3600, 2 * 3600, 4 * 3600, 8 * 3600];
const LEAST_S = 600;
const percent = (share: number | null): number | null => (share === null ? null : share * 100);
const ROLES: readonly Line[] = [
  { label: "puller", colour: "--accent", of: ({ cpu }) => cpu?.puller ?? null },
  { label: "tiler", colour: "--tone-warn", dash: [6, 4], of: ({ cpu }) => cpu?.tiler ?? null },
  { label: "gateway", colour: "--text", dash: [2, 3], of: ({ cpu }) => cpu?.gateway ?? null },
  { label: "judge", colour: "--tone-calm", of: ({ cpu }) => cpu?.judge ?? null },
];

export function Charts({ points, sinceMs }: { points: readonly Point[]; sinceMs: number }) {
  const at = zonedMoment(sinceMs, Date.now(), language.value);
  return (
    <section class="charts">
      <h2>
        {say(WORDS.lastHours)}{" "}
        <span class="quiet">
          ({say(WORDS.measuredSince)} {at})
        </span>
      </h2>
      {points.length === 0 ? (
        <p class="sentence">{say(WORDS.noPoints)}</p>
      ) : (
        <div class="charts-row">
          <Chart
            title={say(WORDS.camerasChart)}
            points={points}
            lines={[
              { label: say(WORDS.live), colour: "--tone-good", of: ({ live }) => live },
              { label: say(WORDS.faulty), colour: "--tone-warn", dash: [6, 4], of: ({ faulty }) => faulty },
              { label: say(WORDS.dead), colour: "--tone-bad", dash: [2, 3], of: ({ dead }) => dead },
            ]}
          />
          <Chart title={say(WORDS.cpuChart)} points={points} lines={ROLES} />
          <Chart
            title={say(WORDS.sentChart)}
            points={points}
            lines={[{ label: say(WORDS.sent), colour: "--accent", of: ({ sent_mbps }) => sent_mbps }]}
          />
          <Chart
            title={say(WORDS.qualityChart)}
            points={points}
            lines={[
              { label: say(WORDS.rttMs), colour: "--accent", of: ({ rtt_ms }) => rtt_ms },
              { label: say(WORDS.lossPercent), colour: "--tone-bad", dash: [6, 4], of: ({ loss }) => percent(loss) },
            ]}
          />
        </div>
      )}
    </section>
  );
}

function Chart({ title, points, lines }: { title: string; points: readonly Point[]; lines: readonly Line[] }) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const labels = lines.map(({ label }) => label).join();
  useEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const made = new uPlot(options(lines, element.clientWidth, element.clientHeight), dataOf(points, lines), element);
    plot.current = made;
    const resized = new ResizeObserver(() =>
      made.setSize({ width: element.clientWidth, height: element.clientHeight }),
    );
    resized.observe(element);
    return () => {
      resized.disconnect();
      made.destroy();
    };
  }, [labels]);
  useEffect(() => plot.current?.setData(dataOf(points, lines)), [points, labels]);
  const last = points.at(-1);
  return (
    <figure class="chart">
      <figcaption>
        <b>{title}</b>
        {lines.map((line) => (
          <span key={line.label} class="chart-key">
            <svg viewBox="0 0 24 4" aria-hidden="true">
              <line
                x1="0"
                x2="24"
                y1="2"
                y2="2"
                stroke={`var(${line.colour})`}
                stroke-width="3"
                stroke-dasharray={line.dash?.join(" ")}
              />
            </svg>
            {line.label}
            <b class="number">{last ? figure(line.of(last)) : ""}</b>
          </span>
        ))}
      </figcaption>
      <div class="chart-box" ref={box} />
    </figure>
  );
}

function options(lines: readonly Line[], width: number, height: number): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const size = 0.75 * Number.parseFloat(style.fontSize);
  const axis = {
    stroke: colour("--text-quiet"),
    font: `${size}px "Inter Variable", system-ui`,
    grid: { stroke: colour("--hairline"), width: 1 },
    ticks: { show: false },
  };
  return {
    width,
    height,
    legend: { show: false },
    cursor: { show: false },
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), siteClock.zone),
    scales: {
      x: { range: (_, from, to) => [Math.min(from, to - LEAST_S), to] },
      y: { range: (_, _low, high) => [0, high > 0 ? high * 1.15 : 1] },
    },
    axes: [
      { ...axis, size: size * 2, incrs: STEPS_S, values: (_, ticks) => ticks.map((at) => shortMoment(at * 1000, at * 1000, language.value)) },
      { ...axis, size: size * 3.6, values: (_, ticks) => ticks.map((value) => value.toLocaleString(language.value)) },
    ],
    series: [
      {},
      ...lines.map((line) => ({
        stroke: colour(line.colour),
        width: 2,
        points: { show: false },
        ...(line.dash ? { dash: line.dash } : {}),
      })),
    ],
  };
}

function figure(value: number | null): string {
  if (value === null) return "–";
  return value.toLocaleString(language.value, { maximumFractionDigits: value < 10 ? 2 : 0 });
}
