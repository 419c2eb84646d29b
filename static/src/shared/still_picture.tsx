import { useComputed, useSignal } from "@preact/signals";
import { language, now } from "./session";
import { oldMs } from "./still_age";
import "./still_picture.css";
import { NONE, useStill } from "./stills";
import { agoText } from "./time";
import type { Box, Fit } from "./walls";
import { viewBox } from "./zoombox";

/**
 * A camera's small picture as a cell shows it, kept fresh. `dead`: it is what the camera showed last. Where none follows
 * it for a while it looks so too, and says how old it is.
 */
export function StillPicture(shown: { camera: string; dead: boolean; fit: Fit; zoom?: Box | undefined }) {
  const still = useSignal(NONE);
  useStill(shown.camera, still);
  const age = useComputed(() => {
    const ms = oldMs(still.value.takenMs, now.value);
    return ms === null ? null : agoText(ms, language.value);
  });
  const { url } = still.value;
  if (url === null) return <span class="no-still" />;
  return (
    <>
      <img
        class={`still${shown.dead || age.value !== null ? " dead" : ""}`}
        src={url}
        alt=""
        draggable={false}
        style={{ objectFit: shown.fit, objectViewBox: viewBox(shown.zoom) }}
      />
      {age.value !== null && <span class="still-age">{age.value}</span>}
    </>
  );
}
