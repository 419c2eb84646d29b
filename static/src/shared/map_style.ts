/** What a map draws: the cameras, gathered where they are many, their districts, and a ring round the chosen one. */
import type { GeoJSON } from "geojson";
import type { GeoJSONSourceSpecification, LayerSpecification, StyleSpecification } from "maplibre-gl";

/** Of the pages' colours (tokens.css), which a style cannot read. */
const TONES = { good: "#46c98b", warn: "#f2b441", bad: "#ff7468", calm: "#94a3b3" };

/** Before anything is known. */
export const GROUND: StyleSpecification = {
  version: 8,
  sources: {},
  layers: [{ id: "ground", type: "background", paint: { "background-color": "#0d141b" } }],
};

/** With their data from the start: a source is worked out in a turn of its own each time that it is given other data. */
export function sourcesOf(cameras: GeoJSON, districts: GeoJSON): Readonly<Record<string, GeoJSONSourceSpecification>> {
  return {
    cameras: {
      type: "geojson",
      data: cameras,
      cluster: true,
      clusterRadius: 42,
      clusterMaxZoom: 15,
      clusterProperties: { bad: ["+", ["get", "bad"]] },
    },
    chosen: { type: "geojson", data: { type: "FeatureCollection", features: [] } },
    districts: { type: "geojson", data: districts },
  };
}

export const LAYERS: readonly LayerSpecification[] = [
  // Under the points, and none over another one.
  {
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
  },
  {
    id: "gathered",
    type: "circle",
    source: "cameras",
    filter: ["has", "point_count"],
    paint: {
      "circle-color": "#1b2a36",
      "circle-radius": ["interpolate", ["linear"], ["ln", ["get", "point_count"]], 0.7, 11, 8, 26],
      "circle-stroke-width": ["case", [">", ["get", "bad"], 0], 2, 1.25],
      "circle-stroke-color": ["case", [">", ["*", 4, ["get", "bad"]], ["get", "point_count"]], TONES.bad, [">", ["get", "bad"], 0], TONES.warn, "#5f7a8c"],
    },
  },
  {
    id: "count",
    type: "symbol",
    source: "cameras",
    filter: ["has", "point_count"],
    layout: { "text-field": ["get", "point_count_abbreviated"], "text-font": ["sans-serif"], "text-size": 12, "text-allow-overlap": true },
    paint: { "text-color": "#e9eff5" },
  },
  {
    id: "camera",
    type: "circle",
    source: "cameras",
    filter: ["!", ["has", "point_count"]],
    paint: {
      "circle-color": ["match", ["get", "tone"], "good", TONES.good, "warn", TONES.warn, "bad", TONES.bad, "#0d141b"],
      "circle-radius": ["interpolate", ["linear"], ["zoom"], 10, 5, 16, 8],
      "circle-stroke-width": 1.5,
      "circle-stroke-color": ["match", ["get", "tone"], "calm", TONES.calm, "#0d141b"],
    },
  },
  {
    id: "ring",
    type: "circle",
    source: "chosen",
    paint: { "circle-color": "transparent", "circle-radius": 12, "circle-stroke-width": 2.5, "circle-stroke-color": "#5cc8da" },
  },
];
