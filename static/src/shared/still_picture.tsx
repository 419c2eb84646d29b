import { useSignal } from "@preact/signals";
import type { Box, Fit } from "./walls";
import "./still_picture.css";
import { NONE, useStill } from "./stills";
import { viewBox } from "./zoombox";

/** A camera's small picture as a cell shows it, kept fresh. `dead`: it is what the camera showed last. */
export function StillPicture(shown: { camera: string; dead: boolean; fit: Fit; zoom?: Box | undefined }) {
  const still = useSignal(NONE);
  useStill(shown.camera, still);
  const { url } = still.value;
  if (url === null) return <span class="no-still" />;
  return (
    <img
      class={`still${shown.dead ? " dead" : ""}`}
      src={url}
      alt=""
      draggable={false}
      style={{ objectFit: shown.fit, objectViewBox: viewBox(shown.zoom) }}
    />
  );
}
