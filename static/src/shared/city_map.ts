/** MapLibre with our points on it. Loaded when the lists are there. */
import type { FeatureCollection } from "geojson";
import { type ExpressionSpecification, type GeoJSONSource, Map as MapLibre, type MapMouseEvent, NavigationControl, type Point, setWorkerUrl } from "maplibre-gl";
import "maplibre-gl/dist/maplibre-gl.css";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?url";
import { addBasemap } from "./basemap";
import { boundsOf, districtsOf, type Placed, pointsOf } from "./map_points";
import { DENSITY, GROUND, signPicture, TONES } from "./map_signs";

// A worker of the same origin, as the pages' policy wants it.
setWorkerUrl(workerUrl);

const EVERYTHING: [number, number, number, number] = [119.3, -5.25, 119.56, -5.04];

/** Of cameras that are gathered: some are in trouble, more than a quarter, their number, and the sign of the worst. */
const SOME_BAD: ExpressionSpecification = [">", ["get", "bad"], 0];
const MANY_BAD: ExpressionSpecification = [">", ["*", 4, ["get", "bad"]], ["get", "point_count"]];
const COUNT: ExpressionSpecification = ["get", "point_count_abbreviated"];
const WORST: ExpressionSpecification = ["match", ["get", "worst"], 2, "bad", "warn"];

/** How far from a point a finger may land, in pixels. */
const NEAR_PX = 10;

export interface MapOptions {
  /** The address of the site's own map. */
  readonly basemap: string;
  /** Called with what lies where somebody pointed, the nearest first; never with none. */
  readonly choose: (cameras: readonly string[]) => void;
  /**
   * For a page that scrolls past it: that takes one finger and the wheel, buttons zoom, and whose data the map is stands
   * there. MapLibre's own words, by its own names.
   */
  readonly words?: Readonly<Record<string, string>>;
}

export class CityMap {
  readonly #map: MapLibre;
  readonly #ready: Promise<void>;
  #placed = false;
  #shown: readonly Placed[] = [];
  /** The camera that the map was moved to, so that it is seen. */
  #movedTo: string | null = null;

  /** Throws where the browser has no WebGL. */
  constructor(place: HTMLElement, { basemap, choose, words }: MapOptions) {
    this.#map = new MapLibre({
      container: place,
      style: { version: 8, sources: {}, layers: [{ id: "ground", type: "background", paint: { "background-color": GROUND } }] },
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
    this.#ready = new Promise((resolve) => {
      this.#map.once("load", () => {
        this.#addLayers();
        this.#map.on("click", ({ point }: MapMouseEvent) => {
          const near = this.#near(point);
          if (near.length > 0) choose(near);
          else void this.#open(point);
        });
        resolve();
        void addBasemap(this.#map, "gathered", basemap);
      });
    });
    for (const layer of ["camera", "gathered"]) {
      this.#map.on("mouseenter", layer, () => (this.#map.getCanvas().style.cursor = "pointer"));
      this.#map.on("mouseleave", layer, () => (this.#map.getCanvas().style.cursor = ""));
    }
  }

  /** These cameras, and no others. */
  show(cameras: readonly Placed[]): void {
    this.#shown = cameras;
    void this.#ready.then(() => {
      const points = pointsOf(cameras);
      this.#map.getSource<GeoJSONSource>("cameras")?.setData(points);
      this.#map.getSource<GeoJSONSource>("districts")?.setData(districtsOf(cameras));
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

  #addLayers(): void {
    const map = this.#map;
    const empty: FeatureCollection = { type: "FeatureCollection", features: [] };
    for (const tone of ["good", "warn", "bad", "calm"] as const) map.addImage(tone, signPicture(tone), { pixelRatio: DENSITY });
    map.addSource("cameras", {
      type: "geojson",
      data: empty,
      cluster: true,
      clusterRadius: 42,
      clusterMaxZoom: 15,
      clusterProperties: { bad: ["+", ["get", "bad"]], worst: ["max", ["get", "worst"]] },
    });
    map.addSource("chosen", { type: "geojson", data: empty });
    map.addSource("districts", { type: "geojson", data: empty });
    // Under the points, and none over another one.
    map.addLayer({
      id: "district",
      type: "symbol",
      source: "districts",
      layout: {
        "text-field": ["slice", ["get", "name"], 0, 32],
        "text-font": ["sans-serif"],
        "text-size": 12,
        "text-variable-anchor": ["bottom", "top", "left", "right"],
        "text-radial-offset": 1.2,
      },
      paint: { "text-color": "#8da1b2", "text-halo-color": "#0d141b", "text-halo-width": 1.5 },
    });
    map.addLayer({
      id: "gathered",
      type: "circle",
      source: "cameras",
      filter: ["has", "point_count"],
      paint: {
        "circle-color": "#1b2a36",
        "circle-radius": ["interpolate", ["linear"], ["ln", ["get", "point_count"]], 0.7, 11, 8, 26],
        "circle-stroke-width": ["case", MANY_BAD, 3.5, SOME_BAD, 2, 1.25],
        "circle-stroke-color": ["case", MANY_BAD, TONES.bad, SOME_BAD, TONES.warn, "#5f7a8c"],
      },
    });
    map.addLayer({
      id: "count",
      type: "symbol",
      source: "cameras",
      filter: ["has", "point_count"],
      layout: {
        "text-field": COUNT,
        "text-font": ["sans-serif"],
        "text-size": 12,
        "text-offset": ["case", SOME_BAD, ["literal", [0, 0.42]], ["literal", [0, 0]]],
        "text-allow-overlap": true,
        // Over the number, and with it no higher than the smallest circle.
        "icon-image": ["case", SOME_BAD, WORST, ""],
        "icon-size": 0.6,
        "icon-offset": [0, -11],
        "icon-allow-overlap": true,
      },
      paint: { "text-color": "#e9eff5" },
    });
    map.addLayer({
      id: "camera",
      type: "symbol",
      source: "cameras",
      filter: ["!", ["has", "point_count"]],
      layout: {
        "icon-image": ["get", "tone"],
        "icon-size": ["interpolate", ["linear"], ["zoom"], 10, 1, 16, 1.6],
        "icon-allow-overlap": true,
        "icon-ignore-placement": true,
      },
    });
    map.addLayer({
      id: "ring",
      type: "circle",
      source: "chosen",
      paint: { "circle-color": "transparent", "circle-radius": 12, "circle-stroke-width": 2.5, "circle-stroke-color": "#5cc8da" },
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
