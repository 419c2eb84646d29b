import { useSignal } from "@preact/signals";
import type { Camera, Tour } from "../shared/walls";
import { inBoth } from "../shared/language";
import { PAGE_WORDS } from "../shared/page_words";
import { say } from "../shared/session";
import { WHY_SHUT } from "../shared/shut_words";
import { Chip } from "./chip";
import { DistrictChoice } from "./district_choice";
import { Icon } from "../shared/icons";
import { submitting } from "../shared/submitting";
import { isWhole } from "./now";
import { perform, wall } from "./store";
import { WORDS } from "./words";

/** The wall's tours, and a form for a new one. `rows`: the cameras that the search has found. */
export function Tours({ rows }: { rows: readonly Camera[] }) {
  const making = useSignal(false);
  const tours = wall.value?.tours ?? [];
  const shut = isWhole.value ? undefined : say(WHY_SHUT.wholeWall);
  return (
    <div class="library-body">
      {tours.length === 0 && !making.value && <p class="sentence">{say(WORDS.noTours)}</p>}
      <ul class="ed-rows">
        {tours.map((tour) => (
          <li key={tour.id} class="with-action">
            <Chip content={{ type: "tour", tour: tour.id }} icon="tour" note={noteOf(tour)} />
            <button
              type="button"
              class="icon-button"
              aria-label={`${say(WORDS.remove)}: ${tour.name}`}
              title={shut}
              aria-disabled={shut !== undefined}
              onClick={() => shut === undefined && void perform({ type: "remove_tour", tour: tour.id }, inBoth`${WORDS.remove}: ${tour.name}`)}
            >
              <Icon name="remove" />
            </button>
          </li>
        ))}
      </ul>
      {making.value ? (
        <TourForm
          rows={rows}
          onClose={() => {
            making.value = false;
          }}
        />
      ) : (
        <button
          type="button"
          class="button"
          title={shut}
          aria-disabled={shut !== undefined}
          onClick={() => {
            making.value = shut === undefined;
          }}
        >
          {say(WORDS.newTour)}
        </button>
      )}
    </div>
  );
}

function noteOf(tour: Tour): string {
  const { selector } = tour;
  const which = selector ? [selector.district, selector.risk, selector.kind].filter(Boolean).join(", ") : "";
  const count = tour.cameras ? `${tour.cameras.length} ${say(WORDS.cameras).toLowerCase()}` : which || say(WORDS.any);
  return `${count} · ${tour.dwell_s} ${say(WORDS.seconds)} · ${say(WORDS[tour.order])}`;
}

function TourForm({ rows, onClose }: { rows: readonly Camera[]; onClose: () => void }) {
  const name = useSignal("");
  const dwell = useSignal(10);
  const order = useSignal<Tour["order"]>("fixed");
  const red = useSignal(10);
  const bySelector = useSignal(true);
  const district = useSignal("");
  const risk = useSignal("");

  const submit = async (): Promise<void> => {
    const which = bySelector.value
      ? { selector: { ...(district.value && { district: district.value }), ...(risk.value && { risk: risk.value }) } }
      : { cameras: rows.map(({ id }) => id) };
    const tour: Tour = {
      id: freeId(name.value, (wall.value?.tours ?? []).map(({ id }) => id)),
      name: name.value,
      ...which,
      dwell_s: dwell.value,
      order: order.value,
      ...(order.value === "risk" && { red_every_minutes: red.value }),
    };
    if (await perform({ type: "set_tour", tour }, inBoth`${WORDS.newTour}: ${tour.name}`)) onClose();
  };

  return (
    <form class="form" onSubmit={submitting(submit)}>
      <label>
        {say(WORDS.tourName)}
        <input class="field" required maxLength={120} value={name.value} onInput={(e) => (name.value = e.currentTarget.value)} />
      </label>
      <fieldset class="segments">
        <legend>{say(WORDS.tourOf)}</legend>
        <label>
          <input type="radio" name="tour-of" checked={bySelector.value} onChange={() => (bySelector.value = true)} />
          <span>{say(WORDS.tourBySelector)}</span>
        </label>
        <label>
          <input type="radio" name="tour-of" checked={!bySelector.value} onChange={() => (bySelector.value = false)} />
          <span>
            {rows.length} {say(WORDS.tourFound)}
          </span>
        </label>
      </fieldset>
      {bySelector.value && (
        <>
          <DistrictChoice value={district.value} onChoose={(one) => (district.value = one)} />
          <label>
            {say(WORDS.riskClass)}
            <select class="field" value={risk.value} onChange={(e) => (risk.value = e.currentTarget.value)}>
              <option value="">{say(WORDS.any)}</option>
              {(["red", "yellow", "green"] as const).map((one) => (
                <option key={one} value={one}>
                  {say(WORDS[one])}
                </option>
              ))}
            </select>
          </label>
        </>
      )}
      <label>
        {say(WORDS.dwell)}
        <input class="field" type="number" min={2} max={3600} required value={dwell.value} onInput={(e) => (dwell.value = e.currentTarget.valueAsNumber)} />
      </label>
      <label>
        {say(WORDS.order)}
        <select class="field" value={order.value} onChange={(e) => (order.value = e.currentTarget.value as Tour["order"])}>
          {(["fixed", "random", "risk"] as const).map((one) => (
            <option key={one} value={one}>
              {say(WORDS[one])}
            </option>
          ))}
        </select>
      </label>
      {order.value === "risk" && (
        <label>
          {say(WORDS.redEvery)}
          <input class="field" type="number" min={1} max={1440} required value={red.value} onInput={(e) => (red.value = e.currentTarget.valueAsNumber)} />
        </label>
      )}
      <div class="task-actions">
        <button type="submit" class="button primary">
          {say(PAGE_WORDS.save)}
        </button>
        <button type="button" class="button" onClick={onClose}>
          {say(PAGE_WORDS.cancel)}
        </button>
      </div>
    </form>
  );
}

/** An id made of a name, that nothing else has: a–z, 0–9 and hyphens. */
export function freeId(name: string, taken: readonly string[]): string {
  const plain = name.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "");
  const base = plain.slice(0, 50) || "x";
  for (let number = 1; ; number += 1) {
    const id = number === 1 ? base : `${base}-${number}`;
    if (!taken.includes(id)) return id;
  }
}
