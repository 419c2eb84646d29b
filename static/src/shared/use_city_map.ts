import { useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { CityMap, MapOptions } from "./city_map";

/** A map in the element that `place` is given to: null until it is there; `failed`: this browser cannot draw it. */
export function useCityMap(options: MapOptions): { place: RefObject<HTMLDivElement | null>; map: CityMap | null; failed: boolean } {
  const place = useRef<HTMLDivElement>(null);
  const map = useSignal<CityMap | null>(null);
  const failed = useSignal(false);
  useEffect(() => {
    const ended = new AbortController();
    // It is large, and what else is on the page comes first. The console's HTML asks for it beforehand.
    import("./city_map")
      .then(({ CityMap: Made }) => {
        if (ended.signal.aborted || !place.current) return;
        map.value = new Made(place.current, options);
        ended.signal.addEventListener("abort", () => map.value?.remove());
      })
      .catch(() => (failed.value = true));
    return () => ended.abort();
  }, []);
  return { place, map: map.value, failed: failed.value };
}
