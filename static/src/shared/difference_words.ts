/** What became of a cell, in words. Pure. */
import type { CellChange } from "./difference";
import type { Language, Said } from "./language";
import type { Cell } from "./walls";

/** As `layouts/diff.py` calls it. */
const KINDS: Readonly<Record<string, Said>> = {
  added: { id: "sel baru", en: "new cell" },
  removed: { id: "sel dihapus", en: "cell removed" },
  moved: { id: "dipindah", en: "moved" },
  resized: { id: "ukuran diubah", en: "resized" },
  content: { id: "isi diganti", en: "shows something else" },
  fit: { id: "cara tampil diubah", en: "fits otherwise" },
  zoom: { id: "perbesaran diubah", en: "zoom changed" },
  label: { id: "label diubah", en: "label changed" },
  locked: { id: "dikunci", en: "locked" },
  unlocked: { id: "kunci dibuka", en: "unlocked" },
  span: { id: "bentangan diubah", en: "span changed" },
};

/** "Kamera 1 → Kamera 2, dipindah". `nameOf`: what a cell shows, by name. */
export function changeText(change: CellChange, nameOf: (cell: Cell) => string, language: Language): string {
  const { kinds, before, after } = change;
  const exchanged = [before, after].map((cell) => (cell ? nameOf(cell) : "")).join(" → ");
  const words = kinds.map((kind) => (kind === "content" ? exchanged : (KINDS[kind]?.[language] ?? kind)));
  const only = before ? (after ? null : before) : after;
  if (only && only.content.type !== "empty") words.push(nameOf(only));
  return words.join(", ");
}
