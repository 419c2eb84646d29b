/** Reading the cameras: all of them once, then of their states what is new. */
import { answerTo, ask } from "./http";
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
  if (before === null) return readAll(sort);
  const { version, catalogue, states } = await ask<News>(`/api/states?after=${before.version}`);
  if (before.catalogue !== catalogue) return readAll(sort);
  return { version, catalogue, cameras: withStates(before.cameras, states) };
}

/** They come with the version that they are of at least: no change of a state falls between it and what is asked next. */
async function readAll<C extends OneCamera>(sort: (cameras: readonly C[]) => readonly C[]): Promise<Known<C>> {
  const { json, headers } = await answerTo<C[]>("/api/cameras");
  return { version: Number(headers.get("X-States-Version")), catalogue: headers.get("X-Catalogue") ?? "", cameras: sort(json) };
}

function withStates<C extends OneCamera>(all: readonly C[], changed: Readonly<Record<string, CameraState>>): readonly C[] {
  if (Object.keys(changed).length === 0) return all;
  return all.map((camera) => {
    const state = changed[camera.id];
    return state ? { ...camera, ...state } : camera;
  });
}
