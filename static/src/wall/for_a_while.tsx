/** What is on the wall for a while: a scene with its end and its reason, and back before that. */
import { type Signal, useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { Doing } from "../shared/doing";
import type { Said } from "../shared/language";
import { Problem } from "../shared/problem";
import { problemOf } from "../shared/refusals";
import { language, mayDo, say } from "../shared/session";
import { Sign } from "../shared/sign";
import { submitting } from "../shared/submitting";
import type { Override } from "../shared/timed";
import type { Wall } from "../shared/walls";
import { endNow, overrides, revisions, showForAWhile } from "./clock";
import { moment, zonedMoment } from "./names";
import { chosenOf } from "./scene_choice";
import { WORDS } from "./words";

const MINUTES = [15, 30, 60, 120, 240, 480] as const;

export function ForAWhile({ wall }: { wall: Wall }) {
  const doing = useMemo(() => new Doing(WORDS.notKnown), []);
  const ended = useSignal<Said | null>(null);
  const all = overrides.value;
  const end = async (one: Override): Promise<void> => {
    ended.value = null;
    await doing.attempt(async () => (ended.value = await endNow(one)), WORDS.notReturned);
  };
  return (
    <section aria-labelledby="while-title">
      <h2 id="while-title">{say(WORDS.forAWhile)}</h2>
      {all.length === 0 && <p class="quiet">{say(WORDS.noneForAWhile)}</p>}
      <ul class="whiles">
        {all.map((one) => (
          <Running key={one.id} override={one} isBusy={doing.isBusy.value} onEnd={() => void end(one)} />
        ))}
      </ul>
      {ended.value && (
        <p class="quiet" role="status">
          {say(ended.value)}
        </p>
      )}
      {mayDo("cells.arrange") && <Form wall={wall} doing={doing} />}
      <Problem text={doing.problem.value} />
    </section>
  );
}

function Running({ override, isBusy, onEnd }: { override: Override; isBusy: boolean; onEnd: () => void }) {
  const told = revisions.value.get(override.revision);
  return (
    <li>
      <Sign state={override.problem === null ? "stale" : "unreachable"} />
      <p class="grow">
        <b>
          {say(WORDS.until)} {zonedMoment(override.until_ms)}
        </b>
        , {override.made_by} <span class="quiet">({moment(override.made_ms)})</span>
        <br />
        {told && (language.value === "en" ? told.said_en : told.said_id)}
        {override.problem !== null && (
          <span class="tone-bad">
            <br />
            {say(WORDS.cannotReturn)}: {say(problemOf(override.problem, override.problem_reason))}
          </span>
        )}
      </p>
      {mayDo("cells.arrange") && (
        <button type="button" class="button" disabled={isBusy} onClick={onEnd}>
          {say(WORDS.endNow)}
        </button>
      )}
    </li>
  );
}

function Form({ wall, doing }: { wall: Wall; doing: Doing }) {
  const scene = useSignal(wall.scenes[0]?.id ?? "");
  const minutes = useSignal(30);
  const reason = useSignal("");
  if (wall.scenes.length === 0) return <p class="quiet">{say(WORDS.noScenes)}</p>;
  const chosen = chosenOf(scene.value, wall.scenes);
  const begin = async (): Promise<void> => {
    const isShown = await doing.attempt(() => showForAWhile(wall, chosen, minutes.value, reason.value), WORDS.notShown);
    if (isShown) reason.value = "";
  };
  return (
    <form class="line-form" onSubmit={submitting(begin)}>
      <SceneChoice wall={wall} chosen={chosen} scene={scene} />
      <label>
        {say(WORDS.lasting)}
        <select class="field" value={minutes.value} onChange={(event) => (minutes.value = Number(event.currentTarget.value))}>
          {MINUTES.map((one) => (
            <option key={one} value={one}>
              {one < 60 ? `${one} ${say(WORDS.minutes)}` : `${one / 60} ${say(WORDS.hours)}`}
            </option>
          ))}
        </select>
      </label>
      <label class="grow">
        {say(WORDS.reason)}
        <input
          class="field"
          required
          maxLength={200}
          autocomplete="off"
          placeholder={say(WORDS.reasonHint)}
          value={reason.value}
          onInput={(event) => (reason.value = event.currentTarget.value)}
        />
      </label>
      <button type="submit" class="button primary" disabled={doing.isBusy.value}>
        {say(WORDS.begin)}
      </button>
    </form>
  );
}

export function SceneChoice({ wall, chosen, scene }: { wall: Wall; chosen: string; scene: Signal<string> }) {
  return (
    <label>
      {say(WORDS.scene)}
      <select class="field" required value={chosen} onChange={(event) => (scene.value = event.currentTarget.value)}>
        {chosen === "" && (
          <option value="" disabled>
            {say(WORDS.chooseScene)}
          </option>
        )}
        {wall.scenes.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
