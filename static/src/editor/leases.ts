/** Who is working where: told to the others while one works, and shown of the others. It binds nobody. */
import { computed, signal } from "@preact/signals";
import { ask } from "../shared/http";
import { me } from "../shared/session";
import { wallPath } from "./now";
import { againMs, type Answer, heard, isNews, type Known, type Lease, LOOK_MS } from "./told";

/** So long the server keeps a question to which it has nothing new to say. */
const WAIT_S = 20;
const RENEW_MS = 10_000;
/** Who has changed nothing for so long has left the display to others. */
const IDLE_MS = 60_000;

const seen = signal<readonly Lease[]>([]);
/** Of the others. Whose they are is not known before it is known who looks. */
export const leases = computed(() => seen.value.filter(({ by }) => me.value !== null && by !== me.value.name));

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
  let known: Known = { tag: "", leases: null, heardMs: performance.now() };
  for (;;) {
    const began = performance.now();
    let again = LOOK_MS;
    if (!document.hidden) {
      const answer = await look(known.tag);
      const now = performance.now();
      const after = heard(known, answer, now);
      const news = isNews(known, after);
      known = after;
      if (news) seen.value = known.leases ?? [];
      again = document.hidden ? LOOK_MS : againMs(news, now - began);
    }
    await new Promise((resolve) => setTimeout(resolve, again));
  }
}

/** What is new since this tag; null: no answer. */
async function look(tag: string): Promise<Answer> {
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
  if (response?.status === 304) return "same";
  return Array.isArray(all) ? { tag: response?.headers.get("etag") ?? "", leases: all as Lease[] } : null;
}

/** A refusal means that somebody else is there: what the page shows anyway. */
function tell(display: string, now: number): void {
  const known = worked.get(display);
  if (known) worked.set(display, { ...known, told: now });
  ask(`${wallPath}/leases`, "PUT", { display }).catch(() => undefined);
}
