/** What is published, and what of it is cut off. */

export type CutKind = "camera" | "group" | "all";

export interface Published {
  readonly camera: string;
  readonly public_id: string;
  readonly name: string;
  readonly group: string;
  /** By WebRTC; and pages that have it open, however they are shown it. */
  readonly viewers: { readonly webrtc: number; readonly page: number };
}

export interface Cut {
  readonly kind: CutKind;
  readonly target: string;
  readonly reason: string;
  readonly public_text: string;
  readonly made_by: string;
  /** Unix ms; null: until somebody lifts it. */
  readonly until_ms: number | null;
}

/** What cuts a published camera off: of several the widest. */
export function cutOf(one: Published, cuts: readonly Cut[]): Cut | undefined {
  const of = (kind: CutKind, target: string): Cut | undefined =>
    cuts.find((cut) => cut.kind === kind && cut.target === target);
  return of("all", "") ?? (one.group ? of("group", one.group) : undefined) ?? of("camera", one.camera);
}

/** A page that listens may be watched by WebRTC too; a session may be of no page of ours. */
export function watching({ viewers }: Published): number {
  return Math.max(viewers.page, viewers.webrtc);
}
