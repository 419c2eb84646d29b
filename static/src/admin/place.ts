/** Where on the page somebody is, as its address says: `#cameras/gate`, `#masks/gate`, `#people`. Pure. */
export const TABS = ["cameras", "import", "discovery", "people", "tokens", "audit", "settings"] as const;
export type Tab = (typeof TABS)[number];

export interface Place {
  readonly tab: Tab;
  /** The camera that is edited; an empty text is a new one. */
  readonly camera: string | null;
  /** Its masks are drawn, not its columns written. */
  readonly masks: boolean;
}

export function placeOf(hash: string): Place {
  const [name = "", ...rest] = hash.replace(/^#/, "").split("/");
  const camera = rest.length > 0 ? plain(rest.join("/")) : null;
  if (name === "masks" && camera) return { tab: "cameras", camera, masks: true };
  const tab = TABS.find((one) => one === name) ?? "cameras";
  return { tab, camera: tab === "cameras" ? camera : null, masks: false };
}

function plain(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
