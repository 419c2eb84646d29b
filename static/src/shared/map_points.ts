/** Cameras as points of a map, and what of the map is theirs. Pure. */
import type { FeatureCollection, Point } from "geojson";
import type { Tone } from "./states";

/** What a map is told of a camera; `district`: whose name stands in the middle of its cameras. */
export interface Placed {
  readonly id: string;
  readonly name: string;
  readonly tone: Tone;
  readonly district: string | null;
  readonly latitude: number | null;
  readonly longitude: number | null;
}

/** `bad`: it is in trouble; `worst`: how much. Of points that are gathered these are added up, and the greatest one. */
export type Points = FeatureCollection<Point, { id: string; name: string; tone: Tone; bad: 0 | 1; worst: 0 | 1 | 2 }>;

/** What is drawn already, where what is to be drawn is the same: by anything else a map gathers all of it anew. */
export function kept(drawn: readonly Placed[], now: readonly Placed[]): readonly Placed[] {
  return drawn.length === now.length && drawn.every((one, at) => isSame(one, now[at])) ? drawn : now;
}

function isSame(one: Placed, other: Placed | undefined): boolean {
  return (
    one.id === other?.id &&
    one.name === other.name &&
    one.tone === other.tone &&
    one.district === other.district &&
    one.latitude === other.latitude &&
    one.longitude === other.longitude
  );
}

export function pointsOf(cameras: readonly Placed[]): Points {
  const features = cameras.flatMap(({ id, name, tone, latitude, longitude }): Points["features"] => {
    if (latitude === null || longitude === null) return [];
    const worst = tone === "bad" ? 2 : tone === "warn" ? 1 : 0;
    const bad = worst > 0 ? 1 : 0;
    const geometry: Point = { type: "Point", coordinates: [longitude, latitude] };
    return [{ type: "Feature", geometry, properties: { id, name, tone, bad, worst } }];
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
export function districtsOf(cameras: readonly Placed[]): FeatureCollection<Point, { name: string }> {
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
