/** Cameras as points of the map, and what of the map is theirs. Pure. */
import type { FeatureCollection, Point } from "geojson";
import { toneOf } from "../shared/states";
import type { Camera } from "./walls";

export type Points = FeatureCollection<Point, { id: string; name: string; tone: string; bad: 0 | 1 }>;

export function pointsOf(cameras: readonly Camera[]): Points {
  const features = cameras.flatMap((camera): Points["features"] => {
    const { id, name, latitude, longitude, state } = camera;
    if (latitude === null || longitude === null) return [];
    const tone = toneOf(state);
    const bad: 0 | 1 = tone === "warn" || tone === "bad" ? 1 : 0;
    const geometry: Point = { type: "Point", coordinates: [longitude, latitude] };
    return [{ type: "Feature", geometry, properties: { id, name, tone, bad } }];
  });
  return { type: "FeatureCollection", features };
}

/** West, south, east, north of all of them; null: none has a place. */
export function boundsOf({ features }: Points): [number, number, number, number] | null {
  if (features.length === 0) return null;
  const bounds: [number, number, number, number] = [180, 90, -180, -90];
  for (const { geometry } of features) {
    const [x = 0, y = 0] = geometry.coordinates;
    bounds[0] = Math.min(bounds[0], x);
    bounds[1] = Math.min(bounds[1], y);
    bounds[2] = Math.max(bounds[2], x);
    bounds[3] = Math.max(bounds[3], y);
  }
  return bounds;
}

/** The districts, each in the middle of its cameras. */
export function districtsOf(cameras: readonly Camera[]): FeatureCollection<Point, { name: string }> {
  const sums = new Map<string, [x: number, y: number, count: number]>();
  for (const { district, latitude, longitude } of cameras) {
    if (!district || latitude === null || longitude === null) continue;
    const sum = sums.get(district) ?? [0, 0, 0];
    sums.set(district, [sum[0] + longitude, sum[1] + latitude, sum[2] + 1]);
  }
  const features = [...sums].map(([name, [x, y, count]]) => {
    const geometry: Point = { type: "Point", coordinates: [x / count, y / count] };
    return { type: "Feature" as const, geometry, properties: { name } };
  });
  return { type: "FeatureCollection", features };
}
