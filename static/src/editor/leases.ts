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

/** Looks who else works on the wall, for as long as the page is there. */
export function watchLeases(): void {
  setInterval(() => {
    if (!document.hidden) void look();
  }, LOOK_MS);
  window.addEventListener("pagehide", () => {
    if (worked.size > 0) void fetch(`${wallPath}/leases`, { method: "DELETE", headers: { "X-Wallserver": "1" }, keepalive: true });
  });
}

async function look(): Promise<void> {
  const now = Date.now();
  for (const [display, { at, told }] of worked) {
    if (now - at > IDLE_MS) worked.delete(display);
    else if (now - told > RENEW_MS) tell(display, now);
  }
  const all = await ask<Lease[]>(`${wallPath}/leases`).catch(() => []);
  leases.value = all.filter(({ by }) => by !== me.value?.name);
}

/** A refusal means that somebody else is there: what the page shows anyway. */
function tell(display: string, now: number): void {
  const known = worked.get(display);
  if (known) worked.set(display, { ...known, told: now });
  ask(`${wallPath}/leases`, "PUT", { display }).catch(() => undefined);
}
