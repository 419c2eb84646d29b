/** Who is working where: told to the others while one works, and shown of the others. It binds nobody. */
import { signal } from "@preact/signals";
import { ask } from "../shared/http";
import { me } from "../shared/session";
import { wallPath } from "./now";

/** Somebody works on a display, or on some cells of it. */
export interface Lease {
  readonly by: string;
  readonly display: string;
  readonly cells: readonly string[] | null;
}

/** So long the server keeps a question to which it has nothing new to say. */
const WAIT_S = 20;
/** Where it does not (it is away, or too many pages wait), it is asked so often. */
const LOOK_MS = 3000;
const RENEW_MS = 10_000;
/** Who has changed nothing for so long has left the display to others. */
const IDLE_MS = 60_000;

/** Of the others. */
export const leases = signal<readonly Lease[]>([]);

const worked = new Map<string, { at: number; told: number }>();

/** Somebody does something on this display here. */
export function workOn(display: string): void {
  const now = Date.now();
  const known = worked.get(display);
  worked.set(display, { at: now, told: known?.told ?? 0 });
  if (!known || now - known.told > RENEW_MS) tell(display, now);
}

/** Is told who else works on the wall, and tells the others, for as long as the page is there. */
export function watchLeases(): void {
  setInterval(renew, LOOK_MS);
  void listen();
  window.addEventListener("pagehide", () => {
    if (worked.size > 0) void fetch(`${wallPath}/leases`, { method: "DELETE", headers: { "X-Wallserver": "1" }, keepalive: true });
  });
}

function renew(): void {
  if (document.hidden) return;
  const now = Date.now();
  for (const [display, { at, told }] of worked) {
    if (now - at > IDLE_MS) worked.delete(display);
    else if (now - told > RENEW_MS) tell(display, now);
  }
}

async function listen(): Promise<never> {
  let tag = "";
  for (;;) {
    const began = performance.now();
    const news = document.hidden ? null : await look(tag);
    if (news) {
      leases.value = news.leases.filter(({ by }) => by !== me.value?.name);
      tag = news.tag;
    }
    // The server has waited, or will the next time: asked again at once. A page nobody looks at waits here.
    const isTold = (news !== null && news.tag !== "") || performance.now() - began > LOOK_MS;
    if (!isTold || document.hidden) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/** What is new since this tag; null: nothing, or no answer. */
async function look(tag: string): Promise<{ readonly tag: string; readonly leases: readonly Lease[] } | null> {
  const unseen = new AbortController();
  // A browser has six connections to a server, for all of its pages.
  document.addEventListener("visibilitychange", () => document.hidden && unseen.abort(), { signal: unseen.signal });
  const answered = AbortSignal.any([unseen.signal, AbortSignal.timeout(1000 * (WAIT_S + 10))]);
  const response = await fetch(`${wallPath}/leases?wait_s=${WAIT_S}`, {
    headers: { "If-None-Match": tag },
    signal: answered,
  }).catch(() => null);
  const all: unknown = response?.ok ? await response.json().catch(() => null) : null;
  unseen.abort();
  return Array.isArray(all) ? { tag: response?.headers.get("etag") ?? "", leases: all as Lease[] } : null;
}

/** A refusal means that somebody else is there: what the page shows anyway. */
function tell(display: string, now: number): void {
  const known = worked.get(display);
  if (known) worked.set(display, { ...known, told: now });
  ask(`${wallPath}/leases`, "PUT", { display }).catch(() => undefined);
}
