/** Tokens of players and programs, and the streams that one can be made for. Pure. */

/** As `/api/tokens` tells them. */
export interface Token {
  readonly id: string;
  readonly kind: "player" | "metrics";
  readonly label: string;
  /** The only one that a player may watch; null: any. */
  readonly stream: string | null;
  /** null: nobody wrote it down. */
  readonly made_by: string | null;
  readonly made_ms: number;
}

interface Named {
  readonly id: string;
  readonly name: string;
}

export interface Stream {
  readonly stream: string;
  readonly name: string;
}

/** What players are mostly given: each camera's main stream, and each display's mosaic. */
export function streamsOf(cameras: readonly Named[], displays: readonly Named[]): Stream[] {
  const ofCameras = cameras.map(({ id, name }) => ({ stream: `cam.${id}.main`, name }));
  return [...displays.map(({ id, name }) => ({ stream: `mosaic.${id}`, name })), ...ofCameras];
}

/** The name of the camera whose stream this is; null where it is none's, or that is gone. */
export function cameraIn(stream: string, cameras: readonly Named[]): string | null {
  const [kind, camera] = stream.split(".");
  return kind === "cam" ? (cameras.find(({ id }) => id === camera)?.name ?? null) : null;
}
