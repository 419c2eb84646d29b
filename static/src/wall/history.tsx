/** What was on the wall at an instant: its line of time, the wall in small, and what is known of a cell. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { dateTime } from "../shared/moments";
import { PAGE_WORDS } from "../shared/page_words";
import { language, say } from "../shared/session";
import { Sign } from "../shared/sign";
import { siteClock } from "../shared/site_clock";
import type { Revision } from "../shared/timed";
import type { Wall } from "../shared/walls";
import { again, against, at, changes, current, follow, goTo, isBehind, past, present, problem, step, tries } from "./past";
import { PastMiniature, Proofs } from "./past_wall";
import { PastDetails } from "./past_details";
import { WORDS } from "./words";

export function History({ wall }: { wall: Wall }) {
  useEffect(() => follow(wall.revision), [wall.revision, tries.value]);
  return (
    <div class="history">
      <TimeLine />
      {problem.value !== null && (
        <p class="sentence" role="status">
          <Sign state="stale" /> {say(problem.value)}{" "}
          {problem.value !== WORDS.notThereYet && (
            <button type="button" class="button" onClick={again}>
              {say(PAGE_WORDS.retry)}
            </button>
          )}
        </p>
      )}
      {past.value && (
        <div class="history-parts" aria-busy={isBehind.value}>
          <div class="history-wall">
            <What />
            <PastMiniature wall={past.value} />
            <Proofs wall={past.value} />
          </div>
          <PastDetails wall={past.value} />
        </div>
      )}
    </div>
  );
}

/** The day, the instant in it, and every change of the wall as a mark that can be stepped to. */
function TimeLine() {
  const [start, next] = [siteClock.dayStart(at.value), siteClock.dayEnd(at.value)];
  const end = Math.min(next, Math.max(present(), at.value, start + 1000));
  const share = (ms: number): number => (100 * (ms - start)) / (next - start);
  const date = siteClock.dateOf(at.value);
  return (
    <section class="time-line" aria-label={say(WORDS.instant)}>
      <div class="time-fields">
        <label>
          {say(WORDS.date)}
          <input
            class="field"
            type="date"
            max={siteClock.dateOf(present())}
            value={date}
            onChange={(event) => {
              const wanted = siteClock.instantOf(event.currentTarget.value, siteClock.timeOf(at.value));
              if (wanted !== null) goTo(wanted);
            }}
          />
        </label>
        <TimeField />
        <button type="button" class="button" title="," onClick={() => void step(-1)}>
          ◂ {say(WORDS.changeBefore)}
        </button>
        <button type="button" class="button" title="." onClick={() => void step(1)}>
          {say(WORDS.changeAfter)} ▸
        </button>
        <button type="button" class="button plain" onClick={() => goTo(present())}>
          {say(WORDS.present)}
        </button>
        <output class="instant">{dateTime(at.value, language.value)}</output>
      </div>
      <div class="slide" style={{ "--reached": `${share(end)}%` }}>
        <input
          type="range"
          aria-label={say(WORDS.instant)}
          aria-valuetext={dateTime(at.value, language.value)}
          min={start}
          max={end}
          step={1000}
          value={at.value}
          onInput={(event) => goTo(event.currentTarget.valueAsNumber)}
          onKeyDown={(event) => onSlideKey(event)}
        />
        <div class="marks" aria-hidden="true">
          {changes.value
            .filter(({ made_ms: made }) => made >= start && made < next)
            .map(({ revision, made_ms: made, cause }) => (
              <i key={revision} class={`mark-${cause ?? "hand"}`} style={{ left: `${share(made)}%` }} />
            ))}
        </div>
        <ol class="day-hours" aria-hidden="true">
          {[0, 3, 6, 9, 12, 15, 18, 21, 24].map((hour) => (
            <li key={hour} style={{ left: `${share(siteClock.instantOf(date, `${hour}:00`) ?? end)}%` }}>
              {String(hour).padStart(2, "0")}
            </li>
          ))}
        </ol>
      </div>
    </section>
  );
}

const KEY_STEPS: Readonly<Record<string, number>> = {
  ArrowLeft: -10_000,
  ArrowDown: -10_000,
  ArrowRight: 10_000,
  ArrowUp: 10_000,
  PageDown: -600_000,
  PageUp: 600_000,
};

/** A second of a day is too small a step for a key; over midnight it goes on. */
function onSlideKey(event: KeyboardEvent): void {
  const by = KEY_STEPS[event.key];
  if (by === undefined) return;
  event.preventDefault();
  goTo(at.value + by);
}

/** What somebody types stays until it is a time, or another instant is shown; where it is none that is said. */
function TimeField() {
  const typed = useSignal<string | null>(null);
  const wrong = useSignal(false);
  useEffect(() => {
    typed.value = null;
    wrong.value = false;
  }, [at.value]);
  return (
    <>
      <label>
        {say(WORDS.time)} ({siteClock.name})
        <input
          class="field time-field"
          inputMode="numeric"
          autocomplete="off"
          aria-invalid={wrong.value}
          aria-describedby={wrong.value ? "time-wrong" : undefined}
          value={typed.value ?? siteClock.timeOf(at.value)}
          onInput={(event) => (typed.value = event.currentTarget.value)}
          onChange={(event) => {
            const wanted = siteClock.instantOf(siteClock.dateOf(at.value), event.currentTarget.value.trim().replaceAll(".", ":"));
            wrong.value = wanted === null;
            if (wanted === null) return;
            typed.value = null;
            goTo(wanted);
          }}
        />
      </label>
      {wrong.value && (
        <span id="time-wrong" class="time-wrong" role="alert">
          {say(WORDS.noSuchTime)}
        </span>
      )}
    </>
  );
}

/** The revision that was in force, and what it is compared with. */
function What() {
  const shown = past.value;
  const told = current.value;
  if (!shown) return null;
  const newest = changes.value[0]?.revision ?? shown.revision;
  const marked = typeof against.value === "number" ? against.value : null;
  return (
    <div class="what">
      <p class="grow">
        <b>
          {say(WORDS.revision)} {shown.revision}
        </b>{" "}
        · {shown.made_by}, {dateTime(shown.made_ms, language.value)}
        <br />
        <span class="quiet">{told ? wordsOf(told) : say(PAGE_WORDS.loading)}</span>
      </p>
      <label class="choice">
        <span class="quiet">{say(WORDS.against)}</span>
        <select
          class="field"
          value={String(against.value)}
          onChange={(event) => {
            const { value } = event.currentTarget;
            against.value = value === "before" || value === "newest" ? value : Number(value);
          }}
        >
          <option value="before">{say(WORDS.revisionBefore)}</option>
          <option value="newest">
            {say(WORDS.revisionNewest)} ({newest})
          </option>
          {marked !== null && (
            <option value={String(marked)}>
              {say(WORDS.revision)} {marked}
            </option>
          )}
          {marked !== shown.revision && (
            <option value={String(shown.revision)}>
              {say(WORDS.markThis)} ({shown.revision})
            </option>
          )}
        </select>
      </label>
    </div>
  );
}

function wordsOf({ revision, said_id, said_en }: Revision): string {
  return (language.value === "en" ? said_en : said_id) || say(revision === 1 ? WORDS.firstRevision : WORDS.whyUnknown);
}
