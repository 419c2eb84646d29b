/** The newest small picture of each camera whose tile can be seen, and of no other one. */
import { type Signal, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { takenMs } from "../shared/still_age";

/** The sweep sees a camera every few minutes; a page of tiles is asked for again in this time. */
const EVERY_MS = 20_000;
/** A browser has six connections to a server, and the states need one. */
const AT_ONCE = 4;

export interface Still {
  /** Whether it is known already if there is one. */
  readonly isKnown: boolean;
  /** An object URL; null: there is no picture of this camera (yet). */
  readonly url: string | null;
  /** When it was taken, unix ms by this machine's clock. */
  readonly takenMs: number | null;
}

interface Entry {
  readonly still: Signal<Still>;
  tag: string;
  readAt: number;
  isSeen: boolean;
}

const NONE: Still = { isKnown: true, url: null, takenMs: null };
const UNKNOWN: Still = { ...NONE, isKnown: false };
const wanted = new Map<string, Entry>();
let timer = 0;
let reading = 0;

/** The picture of a camera for as long as the component is there; `isSeen`: whether there may be one. */
export function useStill(camera: string, isSeen: boolean): Still {
  const still = look(camera, isSeen);
  useEffect(() => () => leave(camera), [camera]);
  return still.value;
}

/** The picture of a camera, kept fresh until `leave`. */
export function look(camera: string, isSeen: boolean): Signal<Still> {
  let entry = wanted.get(camera);
  if (!entry) {
    entry = { still: signal(isSeen ? UNKNOWN : NONE), tag: "", readAt: 0, isSeen };
    wanted.set(camera, entry);
  }
  entry.isSeen = isSeen;
  timer ||= window.setInterval(readSome, 50);
  return entry.still;
}

export function leave(camera: string): void {
  const entry = wanted.get(camera);
  wanted.delete(camera);
  if (entry) letGo(entry.still.value);
  if (wanted.size > 0) return;
  clearInterval(timer);
  timer = 0;
}

/** Those that have waited longest, a few at a time. */
function readSome(): void {
  if (document.hidden || reading >= AT_ONCE) return;
  const now = performance.now();
  const due = [...wanted].filter(([, one]) => one.isSeen && (one.readAt === 0 || now - one.readAt >= EVERY_MS));
  due.sort(([, one], [, other]) => one.readAt - other.readAt);
  for (const [camera, entry] of due.slice(0, AT_ONCE - reading)) {
    entry.readAt = now;
    reading += 1;
    void read(camera, entry).finally(() => {
      reading -= 1;
    });
  }
}

async function read(camera: string, entry: Entry): Promise<void> {
  const address = `/api/cameras/${encodeURIComponent(camera)}/still`;
  const response = await fetch(address, { signal: AbortSignal.timeout(10_000) }).catch(() => null);
  const tag = response?.headers.get("etag") ?? "";
  // None yet, or not for whoever is signed in any more.
  if (response && [401, 403, 404].includes(response.status)) put(camera, entry, NONE, "");
  if (!response?.ok) return;
  const taken = takenMs(response.headers, Date.now());
  if (tag === entry.tag) {
    // The same picture: how old it is counts from now on, wherever this clock has gone meanwhile.
    entry.still.value = { ...entry.still.value, takenMs: taken };
    return;
  }
  const blob = await response.blob().catch(() => null);
  if (!blob || wanted.get(camera) !== entry) return;
  put(camera, entry, { isKnown: true, url: URL.createObjectURL(blob), takenMs: taken }, tag);
}

function put(camera: string, entry: Entry, still: Still, tag: string): void {
  if (wanted.get(camera) !== entry) return;
  const before = entry.still.value;
  entry.still.value = still;
  entry.tag = tag;
  // The <img> that shows it takes the new one at the next rendering; until that is decoded it needs the old.
  setTimeout(() => letGo(before), 2000);
}

function letGo({ url }: Still): void {
  if (url !== null) URL.revokeObjectURL(url);
}
