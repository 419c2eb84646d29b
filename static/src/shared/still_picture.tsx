import { useComputed, useSignal } from "@preact/signals";
import { language, now } from "./session";
import { oldMs } from "./still_age";
import "./still_picture.css";
import { NONE, ofCamera, useStill } from "./stills";
import { ageText, agoText } from "./time";
import type { Box, Fit } from "./walls";
import { viewBox } from "./zoombox";

interface StillShown {
  readonly camera: string;
  /** It is what the camera showed last. */
  readonly dead: boolean;
  /** `fill`: the whole picture, all over what it stands in. */
  readonly fit: Fit | "fill";
  readonly zoom?: Box | undefined;
  /** There is little room for its age. */
  readonly tiny?: boolean;
  /** What stands in its place where there is none. */
  readonly none?: string;
}

/**
 * A camera's small picture as a cell shows it, kept fresh. Where none follows it for a while it looks like one of a dead
 * camera, and says how old it is. It fills what it stands in.
 */
export function StillPicture(shown: StillShown) {
  const still = useSignal(NONE);
  useStill(shown.camera, still);
  const age = useComputed(() => {
    const ms = oldMs(still.value.takenMs, now.value);
    return ms === null ? null : (shown.tiny ? ageText : agoText)(ms, language.value);
  });
  const { url } = ofCamera(still.value, shown.camera);
  if (url === null) return <span class="no-still">{shown.none}</span>;
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
