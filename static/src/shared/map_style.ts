/** What a map draws: the cameras, gathered where they are many, their districts, and a ring round the chosen one. */
import type { GeoJSON } from "geojson";
import type { ExpressionSpecification, GeoJSONSourceSpecification, LayerSpecification, StyleSpecification } from "maplibre-gl";
import { TONES } from "./map_signs";

/** Of cameras that are gathered: some are in trouble, more than a quarter, their number, and the sign of the worst. */
const SOME_BAD: ExpressionSpecification = [">", ["get", "bad"], 0];
const MANY_BAD: ExpressionSpecification = [">", ["*", 4, ["get", "bad"]], ["get", "point_count"]];
const COUNT: ExpressionSpecification = ["get", "point_count_abbreviated"];
const WORST: ExpressionSpecification = ["match", ["get", "worst"], 2, "bad", "warn"];

/** Before anything is known. The ground is the page's: drawn here it would be one program more to compile first. */
export const NOTHING: StyleSpecification = { version: 8, sources: {}, layers: [] };

/** With their data from the start: a source is worked out in a turn of its own each time that it is given other data. */
export function sourcesOf(cameras: GeoJSON): Readonly<Record<string, GeoJSONSourceSpecification>> {
  return {
    cameras: {
      type: "geojson",
      data: cameras,
      cluster: true,
      clusterRadius: 42,
      clusterMaxZoom: 15,
      clusterProperties: { bad: ["+", ["get", "bad"]], worst: ["max", ["get", "worst"]] },
    },
    chosen: { type: "geojson", data: { type: "FeatureCollection", features: [] } },
  };
}

/** Under the points, and none over another one. */
export const DISTRICTS: LayerSpecification = {
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
};

export const LAYERS: readonly LayerSpecification[] = [
  {
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
  },
  {
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
  },
  {
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
  },
  {
    id: "ring",
    type: "circle",
    source: "chosen",
    paint: { "circle-color": "transparent", "circle-radius": 12, "circle-stroke-width": 2.5, "circle-stroke-color": "#5cc8da" },
  },
];
