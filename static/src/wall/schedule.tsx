/** What is on the wall now and why, what comes next, what is there for a while, and the scenes at their times. */
import { useEffect } from "preact/hooks";
import { Icon } from "../shared/icons";
import { heard, language, now, say } from "../shared/session";
import { Sign } from "../shared/sign";
import { siteClock } from "../shared/site_clock";
import { bandsOf, nextOf, type Override, type Revision, type SceneTime, scenesOn } from "../shared/timed";
import type { Wall } from "../shared/walls";
import { kept, orders, overrides, putBy, readClock, REFRESH_MS, revisions, times } from "./clock";
import { ForAWhile } from "./for_a_while";
import { moment, sceneName, zonedMoment } from "./names";
import { Times } from "./times";
import { WORDS } from "./words";

export function Schedule({ wall }: { wall: Wall }) {
  useEffect(() => {
    let isWanted = true;
    const read = (): void => {
      if (!document.hidden && isWanted) void readClock();
    };
    read();
    const timer = setInterval(read, REFRESH_MS);
    return () => {
      isWanted = false;
      clearInterval(timer);
      heard("clock");
    };
  }, [wall.revision]);
  return (
    <div class="schedule">
      <OnNow wall={wall} />
      <Day wall={wall} />
      <div class="schedule-parts">
        <ForAWhile wall={wall} />
        <Times wall={wall} />
      </div>
    </div>
  );
}

function OnNow({ wall }: { wall: Wall }) {
  const seen = orders.value;
  const [scene, ...others] = scenesOn(wall, kept.value);
  const by = seen && putBy(seen, scene);
  const revision = by ? (revisions.value.get(by) ?? null) : null;
  const next = nextOf(times.value, overrides.value, now.value);
  return (
    <section class="on-now" aria-label={say(WORDS.onNow)}>
      <div>
        <h2>{say(WORDS.onNow)}</h2>
        <p class="on-now-name">{scene ? scene.name : say(WORDS.ownArrangement)}</p>
        {others.length > 0 && (
          <p class="quiet">
            {say(WORDS.sameAs)} {others.map(({ name }) => name).join(", ")}
          </p>
        )}
      </div>
      <div>
        <h2>{say(WORDS.why)}</h2>
        {revision ? <Why revision={revision} /> : <p class="quiet">{say(WORDS.whyUnknown)}</p>}
      </div>
      <div>
        <h2>{say(WORDS.next)}</h2>
        {next === null && <p class="quiet">{say(WORDS.nothingNext)}</p>}
        {next && (
          <p class="on-now-next">
            <b>{moment(next.at_ms)}</b> {next.kind === "scene" ? sceneName(wall, next.scene) : say(WORDS.returns)}
          </p>
        )}
      </div>
    </section>
  );
}

function Why({ revision }: { revision: Revision }) {
  const { cause, made_by: by, made_ms: at } = revision;
  const running = overrides.value.find((one) => one.revision === revision.revision);
  if (running) return <Temporary override={running} />;
  return (
    <>
      <p class="on-now-why">
        {cause === "schedule" && <Icon name="clock" />}
        {say(WORDS[cause ?? "hand"])}, {by}
      </p>
      <p class="quiet">
        {say(WORDS.since)} {zonedMoment(at)} · {language.value === "en" ? revision.said_en : revision.said_id}
      </p>
    </>
  );
}

function Temporary({ override }: { override: Override }) {
  const told = revisions.value.get(override.revision);
  return (
    <>
      <p class="on-now-why">
        <Sign state="stale" />
        {say(WORDS.forAWhileUntil)} {moment(override.until_ms)}, {override.made_by}
      </p>
      {told && <p class="quiet">{language.value === "en" ? told.said_en : told.said_id}</p>}
    </>
  );
}

/** Today from 0 to 24 o'clock: the scenes of the schedule, what is there for a while, and the present. */
function Day({ wall }: { wall: Wall }) {
  // As the clock reads: 18:00 is three quarters along, also on a day of 23 hours.
  const start = Date.parse(siteClock.dateOf(now.value));
  const minuteOf = (at: number): number => (siteClock.reading(at) - start) / 60_000;
  const since = ({ made_ms }: SceneTime): number => (made_ms === null ? Number.NEGATIVE_INFINITY : minuteOf(made_ms));
  const bands = bandsOf(times.value, { weekday: siteClock.weekdayOf(now.value), now: minuteOf(now.value), since });
  const share = (at: number): number => Math.max(0, Math.min(100, (100 * (siteClock.reading(at) - start)) / 86_400_000));
  if (times.value.length === 0) return null;
  return (
    <section class="day" aria-label={say(WORDS.today)}>
      <div class="day-bands">
        {bands.map(({ from, to, scene }) => (
          <span
            key={from}
            class={`band band-${orderOf(wall, scene) % 4}`}
            style={{ left: `${from / 14.4}%`, width: `${(to - from) / 14.4}%` }}
            title={sceneName(wall, scene)}
          >
            <span class="one-line">{sceneName(wall, scene)}</span>
          </span>
        ))}
        {overrides.value.map((one) => (
          <span
            key={one.id}
            class="band-while"
            style={{ left: `${share(one.made_ms)}%`, width: `${Math.max(0.4, share(one.until_ms) - share(one.made_ms))}%` }}
            title={`${say(WORDS.forAWhileUntil)} ${moment(one.until_ms)}`}
          />
        ))}
        <span class="day-now" style={{ left: `${share(now.value)}%` }} />
      </div>
      <ol class="day-hours" aria-hidden="true">
        {[0, 3, 6, 9, 12, 15, 18, 21, 24].map((hour) => (
          <li key={hour} style={{ left: `${hour / 0.24}%` }}>
            {String(hour).padStart(2, "0")}
          </li>
        ))}
      </ol>
    </section>
  );
}

function orderOf(wall: Wall, scene: string): number {
  return Math.max(0, wall.scenes.findIndex(({ id }) => id === scene));
}

