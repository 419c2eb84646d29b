/** Reading the cameras: all of them once, then of their states what is new. */
import { ask } from "./http";
import type { CameraState } from "./states";

/** Cameras whose state changed; where `catalogue` is another one, all that was known of cameras is old. */
interface News {
  readonly version: number;
  readonly catalogue: string;
  readonly states: Readonly<Record<string, CameraState>>;
}

/** Cameras as they were told; `version` and `catalogue`: to ask with the next time. */
export interface Known<C> {
  readonly version: number;
  readonly catalogue: string;
  readonly cameras: readonly C[];
}

type OneCamera = CameraState & { readonly id: string };

/**
 * What is known now, with what was known before; the same cameras where nothing is new. All are read anew, and sorted,
 * where the catalogue is another one, or others may be seen. Throws HttpError.
 */
export async function readKnown<C extends OneCamera>(
  before: Known<C> | null,
  sort: (cameras: readonly C[]) => readonly C[],
): Promise<Known<C>> {
  // Before the cameras themselves: what changes while they are read is then asked for again.
  const { version, catalogue, states } = await ask<News>(`/api/states?after=${before?.version ?? "newest"}`);
  if (before?.catalogue === catalogue) return { version, catalogue, cameras: withStates(before.cameras, states) };
  return { version, catalogue, cameras: sort(await ask<C[]>("/api/cameras")) };
}

function withStates<C extends OneCamera>(all: readonly C[], changed: Readonly<Record<string, CameraState>>): readonly C[] {
  if (Object.keys(changed).length === 0) return all;
  return all.map((camera) => {
    const state = changed[camera.id];
    return state ? { ...camera, ...state } : camera;
  });
}
