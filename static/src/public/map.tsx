/** The map of what the list has, and of nothing else. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { useCityMap } from "../shared/use_city_map";
import { CameraLinks, pointed } from "./camera_links";
import type { Camera } from "./cameras";
import { placed } from "./places";
import { language, MAP_WORDS, say, WORDS } from "./words";

export function MapPane({ found }: { readonly found: readonly Camera[] }) {
  // Positions are rounded: several cameras may stand at one point.
  const here = useSignal<readonly string[]>([]);
  const { place, map, failed } = useCityMap({
    basemap: "/public/map/basemap",
    choose: (ids) => {
      here.value = ids;
      pointed.value = ids[0] ?? null;
    },
    words: MAP_WORDS[language.value],
  });
  const points = found.map(placed);
  const drawn = JSON.stringify(points);
  useEffect(() => map?.show(points), [map, drawn]);
  useEffect(() => map?.mark(pointed.value), [map, pointed.value, drawn]);
  useEffect(() => map?.label(say(WORDS.mapHow)), [map]);
  const chosen = found.filter(({ id }) => here.value.includes(id));
  return (
    <section class="map" aria-label={say(WORDS.map)}>
      {failed ? <p class="quiet">{say(WORDS.noMap)}</p> : <div ref={place} class="map-place" />}
      <div role="status">
        {chosen.length > 0 && (
          <>
            <h2>{say(WORDS.here)}</h2>
            <CameraLinks cameras={chosen} label={say(WORDS.here)} />
          </>
        )}
      </div>
    </section>
  );
}
