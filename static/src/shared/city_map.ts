/** MapLibre with our points on it. It is large: `use_city_map.ts` loads it when a page shows a map. */
import type { FeatureCollection } from "geojson";
import { type GeoJSONSource, Map as MapLibre, type MapMouseEvent, NavigationControl, type Point, prewarm, setWorkerUrl } from "maplibre-gl";
import "maplibre-gl/dist/maplibre-gl.css";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?url";
import { addBasemap } from "./basemap";
import { boundsOf, districtsOf, type Placed, pointsOf } from "./map_points";
import { DENSITY, signPicture } from "./map_signs";
import { DISTRICTS, LAYERS, NOTHING, sourcesOf } from "./map_style";

// A worker of the same origin, as the pages' policy wants it.
setWorkerUrl(workerUrl);
// It starts while the map is made.
prewarm();

const EVERYTHING: [number, number, number, number] = [119.3, -5.25, 119.56, -5.04];

/** How far from a point a finger may land, in pixels. */
const NEAR_PX = 10;

export interface MapOptions {
  /** The address of the site's own map. */
  readonly basemap: string;
  /** Called with what lies where somebody pointed, the nearest first; never with none. */
  readonly choose: (cameras: readonly string[]) => void;
  /** Called once, when what it was to show first is drawn. */
  readonly drawn?: () => void;
  /**
   * For a page that scrolls past it: that takes one finger and the wheel, buttons zoom, and whose data the map is stands
   * there. MapLibre's own words, by its own names.
   */
  readonly words?: Readonly<Record<string, string>>;
}

export class CityMap {
  readonly #map: MapLibre;
  readonly #ready: Promise<void>;
  readonly #basemap: string;
  readonly #drawn: (() => void) | undefined;
  #placed = false;
  #shown: readonly Placed[] = [];
  /** The camera that the map was moved to, so that it is seen. */
  #movedTo: string | null = null;

  /** Throws where the browser has no WebGL. */
  constructor(place: HTMLElement, { basemap, choose, drawn, words }: MapOptions) {
    this.#map = new MapLibre({
      container: place,
      style: NOTHING,
      bounds: EVERYTHING,
      attributionControl: words !== undefined && { compact: true },
      dragRotate: false,
      pitchWithRotate: false,
      maxZoom: 18,
      fadeDuration: 0,
      cooperativeGestures: words !== undefined,
      locale: { ...words },
    });
    if (words !== undefined) this.#map.addControl(new NavigationControl({ showCompass: false }));
    this.#map.touchZoomRotate.disableRotation();
    this.#map.keyboard.disableRotation();
    // Not its `load`: that is the end of a first drawing, of nothing.
    this.#ready = new Promise((resolve) => void this.#map.once("style.load", () => resolve()));
    this.#basemap = basemap;
    this.#drawn = drawn;
    this.#map.on("click", ({ point }: MapMouseEvent) => {
      if (!this.#map.getLayer("camera")) return;
      const near = this.#near(point);
      if (near.length > 0) choose(near);
      else void this.#open(point);
    });
    for (const layer of ["camera", "gathered"]) {
      this.#map.on("mouseenter", layer, () => (this.#map.getCanvas().style.cursor = "pointer"));
      this.#map.on("mouseleave", layer, () => (this.#map.getCanvas().style.cursor = ""));
    }
  }

  /** These cameras, and no others. What is there the first time is drawn soonest: a page waits until it knows some. */
  show(cameras: readonly Placed[]): void {
    this.#shown = cameras;
    void this.#ready.then(() => {
      const points = pointsOf(cameras);
      if (this.#map.getLayer("camera")) {
        this.#map.getSource<GeoJSONSource>("cameras")?.setData(points);
        this.#map.getSource<GeoJSONSource>("districts")?.setData(districtsOf(cameras));
      } else {
        this.#begin(points);
      }
      const bounds = boundsOf(points);
      if (bounds && !this.#placed) {
        this.#map.fitBounds(bounds, { padding: { top: 56, bottom: 28, left: 40, right: 40 }, maxZoom: 15, animate: false });
        this.#placed = true;
        this.#map.once("idle", () => (this.#map.getContainer().dataset.ready = "true"));
      }
    });
  }

  /** A ring round the chosen one, and the map moved so that it is seen; where somebody moves it after that, it stays. */
  mark(camera: string | null): void {
    void this.#ready.then(() => {
      const one = this.#shown.find(({ id }) => id === camera);
      const points = pointsOf(one ? [one] : []);
      this.#map.getSource<GeoJSONSource>("chosen")?.setData(points);
      const at = points.features[0]?.geometry.coordinates;
      if (!at || camera === this.#movedTo) return;
      this.#movedTo = camera;
      const [x = 0, y = 0] = at;
      if (!this.#map.getBounds().contains([x, y])) this.#map.panTo([x, y], { duration: 140 });
    });
  }

  label(words: string): void {
    this.#map.getCanvas().setAttribute("aria-label", words);
  }

  remove(): void {
    this.#map.remove();
  }

  #begin(cameras: FeatureCollection): void {
    for (const tone of ["good", "warn", "bad", "calm"] as const) this.#map.addImage(tone, signPicture(tone), { pixelRatio: DENSITY });
    for (const [id, source] of Object.entries(sourcesOf(cameras))) this.#map.addSource(id, source);
    for (const layer of LAYERS) this.#map.addLayer(layer);
    // What lies under the cameras comes after them: each letter of the districts' names has to be drawn first.
    this.#map.once("idle", () => {
      this.#map.addSource("districts", { type: "geojson", data: districtsOf(this.#shown) });
      this.#map.addLayer(DISTRICTS, "gathered");
      void addBasemap(this.#map, "district", this.#basemap);
      this.#drawn?.();
    });
  }

  /** The cameras whose points lie there, the nearest first. */
  #near(at: Point): string[] {
    const far = (xy: number[]): number => this.#map.project([xy[0] ?? 0, xy[1] ?? 0]).dist(at);
    const found = this.#map
      .queryRenderedFeatures(boxAround(at), { layers: ["camera"] })
      .flatMap(({ geometry, properties }) => {
        const id: unknown = properties.id;
        return typeof id === "string" && geometry.type === "Point" ? [{ id, far: far(geometry.coordinates) }] : [];
      })
      .toSorted((one, other) => one.far - other.far);
    return [...new Set(found.map(({ id }) => id))];
  }

  /** Goes to where the cameras that are gathered there lie apart. */
  async #open(at: Point): Promise<void> {
    const [feature] = this.#map.queryRenderedFeatures(at, { layers: ["gathered"] });
    const cluster: unknown = feature?.properties.cluster_id;
    if (typeof cluster !== "number" || feature?.geometry.type !== "Point") return;
    const zoom = await this.#map.getSource<GeoJSONSource>("cameras")?.getClusterExpansionZoom(cluster);
    const [x, y] = feature.geometry.coordinates;
    if (zoom !== undefined && x !== undefined && y !== undefined) this.#map.easeTo({ center: [x, y], zoom: zoom + 0.3, duration: 140 });
  }
}

function boxAround({ x, y }: Point): [[number, number], [number, number]] {
  return [
    [x - NEAR_PX, y - NEAR_PX],
    [x + NEAR_PX, y + NEAR_PX],
  ];
}
