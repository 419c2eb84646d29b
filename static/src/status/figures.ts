/** Displays, viewers, workers and streams with their figures: read now and then while somebody looks at them. */
import { batch, signal } from "@preact/signals";
import { ask } from "../shared/http";
import { failed, heard } from "../shared/session";
import type { State } from "../shared/states";
import type { Point } from "./series";
import { tab } from "./store";

const KEPT_MS = 6 * 3_600_000;

export interface Display {
  readonly id: string;
  readonly name: string;
  readonly wall: string;
  readonly width: number;
  readonly height: number;
  readonly paired: boolean;
  readonly connected: number;
  readonly report: { readonly frames: number; readonly dropped: number; readonly decode_ms: number | null } | null;
}

export interface Session {
  readonly session: string;
  readonly gateway: string;
  readonly kind: string;
  readonly display: string | null;
  readonly stream: string | null;
  readonly streams: number;
  readonly state: string;
  readonly light: boolean;
  readonly since_ms: number;
  readonly kbps: number;
  readonly loss: number | null;
  readonly rtt_ms: number | null;
  readonly jitter_ms: number | null;
  readonly repeated: number;
  readonly keyframe_requests: number;
  readonly dropped: number;
}

export interface Worker {
  readonly role: string;
  readonly worker: string;
  readonly host: string;
  readonly since: number;
  readonly cpu: number | null;
  readonly rss_bytes: number;
  readonly streams?: number;
  readonly live?: number;
  readonly sessions?: number;
  readonly visits?: number;
  readonly looks?: number;
}

/** A wall needs one of each; without it the rest goes on, and says nothing of what is missing. */
const NEEDED = ["puller", "tiler", "gateway", "judge"] as const;

export type Needed = (typeof NEEDED)[number];

/** The roles that nobody has. */
export function missing(workers: readonly Worker[]): readonly Needed[] {
  return NEEDED.filter((needed) => !workers.some(({ role }) => role === needed));
}

export interface Pulled {
  readonly stream: string;
  readonly camera: string;
  readonly state: State;
  readonly codec: string;
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly gop_s: number;
  readonly kbps: number;
  readonly worker: string;
}

export interface Composed {
  readonly stream: string;
  readonly worker: string;
  readonly pictures: number;
  readonly late: number;
  readonly lateness_ms: number;
}

export interface Site {
  readonly displays: readonly Display[];
  readonly sessions: readonly Session[];
  readonly silent: readonly string[];
  readonly workers: readonly Worker[];
  readonly pulled: readonly Pulled[];
  readonly composed: readonly Composed[];
}

export const site = signal<Site | null>(null);
export const points = signal<readonly Point[]>([]);
export const sinceMs = signal(0);

let reading: Promise<void> | null = null;

/** Not once more while it is being read: both would ask for the same points, and the older answer might come last. */
export function readFigures(): Promise<void> {
  reading ??= read().finally(() => (reading = null));
  return reading;
}

async function read(): Promise<void> {
  try {
    const after = points.value.at(-1)?.at_ms ?? 0;
    const [displays, said, workers, streams, trends] = await Promise.all([
      ask<Display[]>("/api/displays"),
      // While the bus is away nobody knows of sessions; the rest is known all the same.
      ask<{ sessions: Session[]; silent: string[] }>("/api/sessions").catch(() => ({ sessions: [], silent: [] })),
      ask<Worker[]>("/api/workers"),
      ask<{ pulled: Pulled[]; composed: Composed[] }>("/api/streams"),
      ask<{ since_ms: number; points: Point[] }>(`/api/trends?after_ms=${after}`),
    ]);
    batch(() => {
      site.value = { displays, ...said, workers, ...streams };
      heard("system");
      sinceMs.value = trends.since_ms;
      if (trends.points.length > 0) {
        const from = Date.now() - KEPT_MS;
        const known = points.value.filter(({ at_ms }) => at_ms > from && at_ms >= trends.since_ms);
        points.value = [...known, ...trends.points];
      }
    });
  } catch (error) {
    if (tab.value === "system") failed(error, "system", readFigures);
  }
}
