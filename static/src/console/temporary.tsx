/** What is on a wall for a while only, said in its head: with when it returns, and where to read why. */
import { signal } from "@preact/signals";
import { ask } from "../shared/http";
import type { Said } from "../shared/language";
import { problemOf } from "../shared/refusals";
import { failed, heard, language, now, say } from "../shared/session";
import { Sign } from "../shared/sign";
import { walls } from "../shared/site";
import { zonedMoment } from "../shared/time";
import type { Override } from "../shared/timed";
import type { Wall } from "../shared/walls";

const REFRESH_MS = 5000;
const WORDS = {
  until: { id: "Sementara sampai", en: "For a while, until" },
  cannot: { id: "Sementara, belum dapat kembali", en: "For a while, cannot return yet" },
} as const satisfies Record<string, Said>;

/** By wall, the first to return first. */
const overrides = signal<ReadonlyMap<string, readonly Override[]>>(new Map());

/** For as long as the page is there. */
export async function keepTemporaryFresh(): Promise<never> {
  for (;;) {
    if (!document.hidden) await read();
    await new Promise((resolve) => setTimeout(resolve, walls.value ? REFRESH_MS : 250));
  }
}

/** One that cannot be read hides none of the others, and stays as it was. */
async function read(): Promise<void> {
  let isWhole = true;
  const found = await Promise.all(
    (walls.value ?? []).map(async ({ id }) => {
      const its = await ask<Override[]>(`${addressOf(id)}/overrides`).catch((error: unknown) => {
        isWhole = false;
        failed(error, "overrides", read);
        return overrides.value.get(id) ?? [];
      });
      return [id, its] as const;
    }),
  );
  overrides.value = new Map(found);
  if (isWhole) heard("overrides");
}

export function Temporary({ wall }: { wall: Wall }) {
  const first = overrides.value.get(wall.id)?.[0];
  if (!first) return null;
  const title = first.problem === null ? first.made_by : say(problemOf(first.problem, first.problem_reason));
  return (
    <a class="temporary" href={`/walls/${encodeURIComponent(wall.id)}#schedule`} title={title}>
      <Sign state={first.problem === null ? "stale" : "unreachable"} />
      {first.problem === null ? `${say(WORDS.until)} ${zonedMoment(first.until_ms, now.value, language.value)}` : say(WORDS.cannot)}
    </a>
  );
}

function addressOf(wall: string): string {
  return `/api/walls/${encodeURIComponent(wall)}`;
}
