/** Commands as `POST /api/walls/{id}/commands` takes them (`layouts/commands.py`). */
import type { Box, Content, Fit, Tour } from "./walls";

interface OfCell {
  readonly display: string;
  readonly cell: string;
}

/** A display as it hangs: pixels, and its place from 0. */
export interface Hung {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly column: number;
  readonly row: number;
}

/** Columns and rows of displays, and what lies between their pictures, in pixels of the wall. */
export interface Geometry {
  readonly columns: number;
  readonly rows: number;
  readonly bezel_x: number;
  readonly bezel_y: number;
}

export type Command =
  | ({ readonly type: "place"; readonly display: string; readonly content: Content } & Box)
  | ({ readonly type: "move"; readonly x: number; readonly y: number; readonly to_display?: string } & OfCell)
  | ({ readonly type: "resize" } & OfCell & Box)
  | ({ readonly type: "split"; readonly columns: number; readonly rows: number } & OfCell)
  | { readonly type: "merge"; readonly cells: readonly OfCell[] }
  | ({ readonly type: "remove" | "clear" } & OfCell)
  | ({
      readonly type: "assign";
      readonly content?: Content;
      readonly fit?: Fit;
      readonly zoom?: Box;
      readonly label?: string;
    } & OfCell)
  | ({ readonly type: "swap"; readonly other_display: string; readonly other_cell: string } & OfCell)
  | { readonly type: "lock" | "unlock"; readonly display: string; readonly cell?: string }
  | { readonly type: "preset"; readonly display: string; readonly preset: string }
  | { readonly type: "panorama"; readonly displays: readonly string[] }
  | { readonly type: "set_tour"; readonly tour: Tour }
  | { readonly type: "remove_tour"; readonly tour: string }
  | {
      readonly type: "save_scene";
      readonly scene: string;
      readonly name: string;
      readonly key?: number;
      readonly displays: readonly string[];
    }
  | { readonly type: "recall_scene" | "delete_scene"; readonly scene: string }
  | { readonly type: "restore"; readonly revision: number }
  | ({ readonly type: "add_display"; readonly display: string } & Hung)
  | ({ readonly type: "change_display"; readonly display: string } & Partial<Hung>)
  | { readonly type: "remove_display"; readonly display: string }
  | ({ readonly type: "set_geometry" } & Geometry)
  | { readonly type: "undo" | "redo" }
  | { readonly type: "several"; readonly commands: readonly Command[] };
