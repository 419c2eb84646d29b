/** What is on a wall for a while only, said above it: with when it returns, and where to read why. */
import { signal } from "@preact/signals";
import { ask } from "./http";
import type { Said } from "./language";
import { problemOf } from "./refusals";
import { failed, heard, language, now, say } from "./session";
import { Sign } from "./sign";
import { walls } from "./site";
import { zonedMoment } from "./time";
import type { Override } from "./timed";
import type { Wall } from "./walls";

const REFRESH_MS = 5000;
const WORDS = {
  until: { id: "Sementara sampai", en: "For a while, until" },
  cannot: { id: "Sementara, belum dapat kembali", en: "For a while, cannot return yet" },
} as const satisfies Record<string, Said>;

/** By wall, the first to return first. */
const overrides = signal<ReadonlyMap<string, readonly Override[]>>(new Map());

/** For as long as the page is there: of all walls, or of one. */
export async function keepTemporaryFresh(only?: string): Promise<never> {
  for (;;) {
    if (!document.hidden) await read(only);
    await new Promise((resolve) => setTimeout(resolve, walls.value ? REFRESH_MS : 250));
  }
}

/** One that cannot be read hides none of the others, and stays as it was. */
async function read(only?: string): Promise<void> {
  let isWhole = true;
  const found = await Promise.all(
    (walls.value ?? []).filter(({ id }) => only === undefined || id === only).map(async ({ id }) => {
      const its = await ask<Override[]>(`${addressOf(id)}/overrides`).catch((error: unknown) => {
        isWhole = false;
        failed(error, "overrides", () => read(only));
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
