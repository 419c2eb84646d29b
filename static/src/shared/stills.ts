/** Cameras' newest small pictures, every 2 s, of the cameras that somebody looks at right now, and of no other. */
import { type Signal, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { takenMs } from "./still_age";

const EVERY_MS = 2000;
/** A browser has six connections to a server, and the commands need one. */
const AT_ONCE = 4;
/** Of answers: there is none, or not for whoever is signed in any more. */
const NONE_HERE = [401, 403, 404];

export interface Still {
  /** Whose it is; null: nobody's. */
  readonly camera: string | null;
  /** An object URL; null: there is no picture of this camera (yet). */
  readonly url: string | null;
  /** When it was taken, unix ms by this machine's clock. */
  readonly takenMs: number | null;
}

export const NONE: Still = { camera: null, url: null, takenMs: null };

interface Wanted {
  readonly still: Signal<Still>;
  lookers: number;
  /** Of the picture that is there. */
  tag: string;
  readAt: number;
}

class Stills {
  readonly #wanted = new Map<string, Wanted>();
  #timer = 0;
  #reading = 0;
  #waits = false;

  /** Reads none until that is there. */
  async after(first: Promise<void>): Promise<void> {
    this.#waits = true;
    await first;
    this.#waits = false;
  }

  /** The picture of a camera, kept fresh until `leave`. */
  look(camera: string): Signal<Still> {
    let entry = this.#wanted.get(camera);
    if (!entry) {
      entry = { still: signal({ ...NONE, camera }), lookers: 0, tag: "", readAt: 0 };
      this.#wanted.set(camera, entry);
    }
    entry.lookers += 1;
    this.#timer ||= window.setInterval(() => this.#readSome(), 100);
    this.#readSome();
    return entry.still;
  }

  leave(camera: string): void {
    const entry = this.#wanted.get(camera);
    if (!entry) return;
    entry.lookers -= 1;
    if (entry.lookers > 0) return;
    this.#wanted.delete(camera);
    letGo(entry.still.value);
    if (this.#wanted.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = 0;
  }

  /** The cameras that waited longest, a few at a time. */
  #readSome(): void {
    if (document.hidden || this.#waits) return;
    const now = performance.now();
    const due = [...this.#wanted].filter(([, { readAt }]) => readAt === 0 || now - readAt >= EVERY_MS);
    due.sort(([, a], [, b]) => a.readAt - b.readAt);
    for (const [camera, entry] of due.slice(0, AT_ONCE - this.#reading)) {
      entry.readAt = now;
      this.#reading += 1;
      void this.#read(camera, entry).finally(() => {
        this.#reading -= 1;
      });
    }
  }

  async #read(camera: string, entry: Wanted): Promise<void> {
    const address = `/api/cameras/${encodeURIComponent(camera)}/still`;
    const response = await fetch(address, { signal: AbortSignal.timeout(EVERY_MS * 2) }).catch(() => null);
    const picture = response?.ok ? await response.blob().catch(() => null) : null;
    // Nobody looks at it any more, or somebody else does: a URL that is made now would never be let go.
    if (!response || this.#wanted.get(camera) !== entry) return;
    const newest = response.headers.get("etag") ?? "";
    const { url } = entry.still.value;
    if (NONE_HERE.includes(response.status) && url !== null) this.#put(entry, { ...NONE, camera }, "");
    if (picture === null) return;
    const taken = takenMs(response.headers, Date.now());
    if (newest !== entry.tag) this.#put(entry, { camera, url: URL.createObjectURL(picture), takenMs: taken }, newest);
    // The same picture: how old it is counts from now on, wherever this clock has gone meanwhile.
    else if (url !== null) entry.still.value = { camera, url, takenMs: taken };
  }

  #put(entry: Wanted, still: Still, tag: string): void {
    const before = entry.still.value;
    entry.still.value = still;
    entry.tag = tag;
    // The <img> that shows it takes the new one at the next rendering; until that is decoded it needs the old.
    setTimeout(() => letGo(before), EVERY_MS);
  }
}

function letGo({ url }: Still): void {
  if (url !== null) URL.revokeObjectURL(url);
}

/** Of this page. */
export const stills = new Stills();

/** None until its own is there: that of the camera before it would be seen under its name. */
export function ofCamera(still: Still, camera: string): Still {
  return still.camera === camera ? still : NONE;
}

/** Runs `look` for as long as the component is there; `null` looks at nothing. */
export function useStill(camera: string | null, target: Signal<Still>): void {
  useEffect(() => {
    if (camera === null) {
      target.value = NONE;
      return undefined;
    }
    const source = stills.look(camera);
    const stop = source.subscribe((still) => {
      target.value = still;
    });
    return () => {
      stop();
      stills.leave(camera);
    };
  }, [camera]);
}
