/** The map: cameras as points, gathered where they are many. It needs no internet. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { language, say } from "../shared/session";
import { chosen } from "./desk";
import type { CityMap } from "./city_map";
import { cameras, found } from "./store";
import { WORDS } from "./words";

export function MapPane() {
  const place = useRef<HTMLDivElement>(null);
  const map = useSignal<CityMap | null>(null);
  const failed = useSignal(false);
  const empty = cameras.value !== null && !cameras.value.some(({ latitude }) => latitude !== null);
  useEffect(() => {
    const ended = new AbortController();
    // It is large, and lists come first.
    import("./city_map")
      .then(({ CityMap: Made }) => {
        if (ended.signal.aborted || !place.current) return;
        map.value = new Made(place.current, (camera) => (chosen.value = camera));
        ended.signal.addEventListener("abort", () => map.value?.remove());
      })
      .catch(() => (failed.value = true));
    return () => ended.abort();
  }, []);
  // What the search has found stands out by being alone there.
  useEffect(() => map.value?.show(found.value), [map.value, found.value]);
  useEffect(() => map.value?.mark(chosen.value), [map.value, chosen.value, found.value]);
  useEffect(() => map.value?.label(say(WORDS.mapHow)), [map.value, language.value]);
  return (
    <section class="map" aria-label={say(WORDS.map)}>
      <div ref={place} class="map-place" />
      {failed.value && <p class="map-note">{say(WORDS.noMap)}</p>}
      {!failed.value && empty && <p class="map-note">{say(WORDS.noPlaces)}</p>}
    </section>
  );
}
