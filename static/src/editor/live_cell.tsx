/** The live picture of the cell that is selected, over its still. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { usePlayer, watch } from "../shared/playing";
import { cameraById } from "../shared/site";
import type { Box, Fit } from "../shared/walls";
import { isWell } from "../shared/states";
import { viewBox } from "../shared/zoombox";

const LOOK_MS = 250;

/**
 * One camera's, for as long as it is there and the page is looked at. It is seen only while it runs: before its first
 * pictures, and where they end, the still beneath is. Another camera needs another one (`key`): the picture of the one
 * before would stand under the new name.
 */
export function LivePicture({ camera, fit, zoom }: { camera: string; fit: Fit; zoom?: Box | undefined }) {
  const now = useSignal(performance.now());
  const place = useRef<HTMLSpanElement>(null);
  const facts = cameraById.value.get(camera);
  const isThere = isWell(facts?.state);
  const { player } = usePlayer(facts?.streams.at(-1) ?? null);
  useEffect(() => {
    const timer = setInterval(() => (now.value = performance.now()), LOOK_MS);
    return () => clearInterval(timer);
  }, []);
  useEffect(() => {
    place.current?.replaceChildren(...(player ? [player.video] : []));
  }, [player]);
  if (player) watch(player, isThere);
  const runs = isThere && player?.running.at(now.value) === "live";
  return <span ref={place} class={`ed-live${runs ? " runs" : ""}`} style={{ objectFit: fit, objectViewBox: viewBox(zoom) }} />;
}
