/**
 * `window.wall`: read-only facts about what this display shows right now, for tests and for a person with the
 * browser's console open. Nothing in the page reads it.
 *
 *     wall.plan           the plan's number, or null
 *     wall.revision       the wall's revision that the plan is of, or null
 *     wall.pcState        the peer connection's state, or "none"
 *     wall.connections    how many peer connections there were so far
 *     wall.socketOpen     is the WebSocket to control open?
 *     wall.cells[]        one for each cell on the screen:
 *       id                the plan's cell, or null for an old picture that the plan no longer has so
 *       camera, name      as labelled
 *       state             "live" | "stale" | … as its sign shows; null: a picture, nothing known yet
 *       live              is the live mark lit?
 *       dead              is there a card in place of the picture?
 *       ageMs             age of the picture, as far as the display can tell; null without a picture
 *       rect              [x, y, w, h] of the cell in CSS pixels of the page
 *       kind              "mosaic" | "camera" | "still" | "none" (a card without a slot)
 *       slot              index of the slot; the video is `video.shown[data-slot="…"]`
 *       source            [x, y, w, h] of the cell in pixels of the video's picture, or null
 */
import type { Rect } from "./geometry";
import type { CellView } from "./scene";
import type { Stage } from "./stage";

export interface WallFacts {
  readonly plan: number | null;
  readonly revision: number | null;
  readonly pcState: string;
  readonly connections: number;
  readonly socketOpen: boolean;
  readonly cells: readonly Record<string, unknown>[];
}

export interface LinkFacts {
  readonly pcState: string;
  readonly connections: number;
  readonly socketOpen: boolean;
}

declare global {
  interface Window {
    wall?: WallFacts;
  }
}

export function exposeFacts(stage: Stage, links: () => LinkFacts): void {
  const facts: WallFacts = {
    get plan() {
      return stage.plan?.plan ?? null;
    },
    get revision() {
      return stage.plan?.revision ?? null;
    },
    get pcState() {
      return links().pcState;
    },
    get connections() {
      return links().connections;
    },
    get socketOpen() {
      return links().socketOpen;
    },
    get cells() {
      return stage.look().cells.map((view) => cellFacts(view, stage.onPage(view.rect)));
    },
  };
  window.wall = Object.freeze(facts);
}

function cellFacts(view: CellView, rect: Rect): Record<string, unknown> {
  const list = ({ x, y, w, h }: Rect): number[] => [x, y, w, h];
  return {
    id: view.id,
    camera: view.camera,
    name: view.name,
    state: view.card?.state ?? view.mark?.state ?? null,
    live: view.live,
    dead: view.card !== null,
    ageMs: view.ageMs,
    rect: list(rect),
    kind: view.kind,
    slot: view.slot?.index ?? null,
    source: view.pixels && list(view.pixels),
  };
}
