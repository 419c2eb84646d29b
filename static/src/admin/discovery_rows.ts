/** Cameras that were found on the network, and what an administrator makes of them. Pure. */
import type { Said } from "../shared/language";

export interface Profile {
  readonly token: string;
  readonly codec: string;
  readonly width: number;
  readonly height: number;
  readonly fps: number;
}

/** Of `/api/discovery`. Names, tokens and remarks are the devices' own: text, and nothing else. */
export interface Row {
  readonly key: string;
  readonly name: string;
  readonly make: string;
  readonly address: string;
  readonly service: string;
  /** Its id in the catalogue, where it has that camera already. */
  readonly known: string | null;
  /** null for a device of which no camera can be taken. */
  readonly id: string | null;
  readonly main: string | null;
  readonly sub: string | null;
  readonly profiles: readonly Profile[];
  readonly remarks: readonly Said[];
}

/** How a camera is to stand in the catalogue; `sub` is empty for none. */
export interface Draft {
  readonly chosen: boolean;
  readonly id: string;
  readonly name: string;
  readonly main: string;
  readonly sub: string;
}

export type Drafts = ReadonlyMap<string, Draft>;

export function canBeAdded(row: Row): boolean {
  return row.main !== null && row.known === null;
}

export function draftOf(drafts: Drafts, row: Row): Draft {
  return drafts.get(row.key) ?? { chosen: false, id: row.id ?? "", name: row.name, main: row.main ?? "", sub: row.sub ?? "" };
}

/** With something else of one row. Whoever writes in a row wants that camera. */
export function changed(drafts: Drafts, row: Row, change: Partial<Draft>): Drafts {
  return new Map(drafts).set(row.key, { ...draftOf(drafts, row), chosen: true, ...change });
}

/** All that can be added, chosen or not. */
export function allChosen(drafts: Drafts, rows: readonly Row[], chosen: boolean): Drafts {
  return rows.filter(canBeAdded).reduce((found, row) => changed(found, row, { chosen }), drafts);
}

/** What `/api/discovery/cameras` takes. */
export function wanted(drafts: Drafts, rows: readonly Row[]): readonly object[] {
  return rows
    .filter((row) => canBeAdded(row) && draftOf(drafts, row).chosen)
    .map((row) => {
      const { id, name, main, sub } = draftOf(drafts, row);
      return { key: row.key, id: id.trim(), name: name.trim(), main, sub: sub === "" ? null : sub };
    });
}

/** "H.264 1920×1080, 25 fps". */
export function profileText({ codec, width, height, fps }: Profile): string {
  const said = codec.replace(/^H(?=\d)/, "H.");
  const size = width > 0 && height > 0 ? ` ${width}×${height}` : "";
  return `${said}${size}${fps > 0 ? `, ${fps} fps` : ""}`;
}
