/** The scenes of a wall at times of the day, and the form for one of them. */
import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { ColumnNames } from "../shared/column_names";
import { Doing } from "../shared/doing";
import type { Said } from "../shared/language";
import { PAGE_WORDS } from "../shared/page_words";
import { Problem } from "../shared/problem";
import { problemOf } from "../shared/refusals";
import { language, mayDo, say } from "../shared/session";
import { Sign } from "../shared/sign";
import { siteClock } from "../shared/site_clock";
import { submitting } from "../shared/submitting";
import type { SceneTime } from "../shared/timed";
import type { Wall } from "../shared/walls";
import { keepTime, removeTime, times } from "./clock";
import { SceneChoice } from "./for_a_while";
import { moment, sceneName } from "./names";
import { chosenOf } from "./scene_choice";
import { DAYS, WORDS } from "./words";

const EVERY_DAY = "1234567";

export function Times({ wall }: { wall: Wall }) {
  const doing = useMemo(() => new Doing(WORDS.notKnown), []);
  const changing = useSignal<SceneTime | null>(null);
  const all = times.value;
  const remove = (one: SceneTime): void => void doing.attempt(() => removeTime(one.id), WORDS.notRemoved);
  const keep = async (scene: string, at: string, days: string): Promise<boolean> => {
    let left = null as Said | null;
    const before = changing.value?.id ?? null;
    const isKept = await doing.attempt(async () => {
      left = await keepTime(scene, at, days, before);
    }, WORDS.notKept);
    if (isKept) changing.value = null;
    if (left) doing.problem.value = say(left);
    return isKept;
  };
  const may = mayDo("walls.edit");
  return (
    <section aria-labelledby="times-title">
      <h2 id="times-title">{say(WORDS.times)}</h2>
      {all.length === 0 && <p class="quiet">{say(WORDS.noTimes)}</p>}
      {all.length > 0 && (
        <table class="times">
          <thead>
            <tr>
              <ColumnNames words={[WORDS.at, WORDS.scene, WORDS.days, WORDS.nextTime, WORDS.setBy]} />
              {may && <td />}
            </tr>
          </thead>
          <tbody>
            {all.map((one) => (
              <tr key={one.id} aria-current={changing.value?.id === one.id}>
                <th scope="row">{one.at}</th>
                <td>
                  {sceneName(wall, one.scene)}
                  {one.problem !== null && (
                    <span class="time-problem">
                      <Sign state="unreachable" /> {say(WORDS.notRecalled)}: {say(problemOf(one.problem, one.problem_reason))}
                    </span>
                  )}
                </td>
                <td>{daysText(one.days)}</td>
                <td>{moment(one.next_ms)}</td>
                <td class="quiet">{one.made_by}</td>
                {may && (
                  <td class="time-actions">
                    <button type="button" class="button plain" aria-label={`${say(WORDS.change)} ${one.at}`} onClick={() => (changing.value = one)}>
                      {say(WORDS.change)}
                    </button>
                    <button type="button" class="button plain" aria-label={`${say(WORDS.remove)} ${one.at}`} disabled={doing.isBusy.value} onClick={() => remove(one)}>
                      {say(WORDS.remove)}
                    </button>
                  </td>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {may && wall.scenes.length > 0 && (
        <Form
          key={changing.value?.id ?? ""}
          wall={wall}
          before={changing.value}
          isBusy={doing.isBusy.value}
          onKeep={keep}
          onLeave={() => (changing.value = null)}
        />
      )}
      <Problem text={doing.problem.value} />
    </section>
  );
}

interface FormParts {
  readonly wall: Wall;
  readonly before: SceneTime | null;
  readonly isBusy: boolean;
  /** Whether it was kept. */
  readonly onKeep: (scene: string, at: string, days: string) => Promise<boolean>;
  readonly onLeave: () => void;
}

function Form({ wall, before, isBusy, onKeep, onLeave }: FormParts) {
  const scene = useSignal(before?.scene ?? wall.scenes[0]?.id ?? "");
  const at = useSignal(before?.at ?? "");
  const days = useSignal(before?.days ?? EVERY_DAY);
  const chosen = chosenOf(scene.value, wall.scenes);
  const keep = async (): Promise<void> => {
    if (await onKeep(chosen, at.value, days.value)) at.value = "";
  };
  return (
    <form class="line-form" onSubmit={submitting(keep)}>
      <SceneChoice wall={wall} chosen={chosen} scene={scene} />
      <label>
        {say(WORDS.at)} ({siteClock.name})
        <input
          class="field time-field"
          required
          inputMode="numeric"
          autocomplete="off"
          pattern="([01]\d|2[0-3]):[0-5]\d"
          title={say(WORDS.atHint)}
          placeholder="18:00"
          value={at.value}
          onInput={(event) => (at.value = event.currentTarget.value)}
        />
      </label>
      <fieldset class="days">
        <legend>{say(WORDS.days)}</legend>
        {DAYS.map((name, index) => {
          const day = String(index + 1);
          return (
            <label key={day}>
              <input
                type="checkbox"
                checked={days.value.includes(day)}
                onChange={(event) => {
                  const others = days.value.replace(day, "");
                  days.value = event.currentTarget.checked ? [...others, day].sort().join("") : others;
                }}
              />
              <span>{say(name)}</span>
            </label>
          );
        })}
      </fieldset>
      <button type="submit" class="button primary" disabled={isBusy || days.value === ""}>
        {say(before ? WORDS.saveTime : WORDS.addTime)}
      </button>
      {before && (
        <button type="button" class="button" onClick={onLeave}>
          {say(PAGE_WORDS.cancel)}
        </button>
      )}
    </form>
  );
}

function daysText(days: string): string {
  if (days === EVERY_DAY) return say(WORDS.everyDay);
  return [...days].map((day) => DAYS[Number(day) - 1]?.[language.value] ?? day).join(" ");
}
