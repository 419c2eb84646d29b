/** The map: cameras as points, gathered where they are many. It needs no internet. */
import { computed } from "@preact/signals";
import { useEffect, useLayoutEffect } from "preact/hooks";
import { kept, type Placed } from "../shared/map_points";
import { language, say, statesAsOf } from "../shared/session";
import { toneOf } from "../shared/states";
import { useCityMap } from "../shared/use_city_map";
import { chosen, isLarge } from "./desk";
import { drawn } from "./first_drawing";
import { cameras, found } from "../shared/site";
import type { Camera } from "../shared/walls";
import { WORDS } from "./words";

let before: readonly Placed[] = [];
/** What the search has found stands out by being alone there. The same for as long as nothing of it is another. */
const points = computed(() => (before = kept(before, found.value.map(placed))));
const isEmpty = computed(() => cameras.value !== null && !cameras.value.some(({ latitude }) => latitude !== null));

export function MapPane() {
  const { place, map, failed } = useCityMap({
    basemap: "/api/map/basemap",
    choose: ([nearest = null]) => (chosen.value = nearest),
    drawn,
  });
  // To the map's worker at once: it works while the list is painted.
  useLayoutEffect(() => {
    if (cameras.value !== null) map?.show(points.value);
  }, [map, points.value]);
  useEffect(() => map?.mark(chosen.value), [map, chosen.value, points.value]);
  useEffect(() => map?.label(say(WORDS.mapHow)), [map, language.value]);
  useEffect(() => {
    if (failed) drawn();
  }, [failed]);
  return (
    <section class={statesAsOf.value === null ? "map" : "map old"} aria-label={say(WORDS.map)} inert={isLarge.value}>
      <div ref={place} class="map-place" />
      {failed && <p class="map-note">{say(WORDS.noMap)}</p>}
      {!failed && isEmpty.value && <p class="map-note">{say(WORDS.noPlaces)}</p>}
    </section>
  );
}

function placed({ id, name, state, district, latitude, longitude }: Camera): Placed {
  return { id, name, tone: toneOf(state), district, latitude, longitude };
}
