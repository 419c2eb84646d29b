/** The pages of one wall, in the head of each. */
import type { Said } from "./language";
import { mayDo, say } from "./session";

export const WALL_TAB_WORDS = {
  pages: { id: "Halaman dinding", en: "Pages of the wall" },
  edit: { id: "Susun", en: "Arrange" },
  schedule: { id: "Jadwal", en: "Schedule" },
  history: { id: "Riwayat", en: "History" },
  coverage: { id: "Cakupan", en: "Coverage" },
} as const satisfies Record<string, Said>;

export const WALL_TABS = ["schedule", "history", "coverage"] as const;
export type WallTab = (typeof WALL_TABS)[number];

export function WallTabs({ wall, here }: { wall: string; here: WallTab | "edit" }) {
  const address = `/walls/${encodeURIComponent(wall)}`;
  const places = [...(mayDo("cells.arrange") ? (["edit"] as const) : []), ...WALL_TABS];
  return (
    <nav class="wall-tabs" aria-label={say(WALL_TAB_WORDS.pages)}>
      {places.map((name) => (
        <a key={name} href={name === "edit" ? `${address}/edit` : `${address}#${name}`} aria-current={name === here ? "page" : undefined}>
          {say(WALL_TAB_WORDS[name])}
        </a>
      ))}
    </nav>
  );
}
