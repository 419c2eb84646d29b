import { signal } from "@preact/signals";
import type { Camera } from "./cameras";
import { say, WORDS } from "./words";

/** The camera that somebody is about to open, or has pointed to: it is marked on the map. */
export const pointed = signal<string | null>(null);

/** Each of them, to be opened. */
export function CameraLinks({ cameras, label }: { readonly cameras: readonly Camera[]; readonly label: string }) {
  return (
    <ul class="cameras" aria-label={label}>
      {cameras.map((camera) => (
        <li key={camera.id}>
          <a
            href={`/public/c/${camera.id}`}
            onFocus={() => (pointed.value = camera.id)}
            onPointerEnter={() => (pointed.value = camera.id)}
          >
            <span class="name">{camera.name}</span>
            <span class="quiet">{camera.group}</span>
            {camera.state !== "available" && (
              <span class="state">{say(camera.state === "cut_off" ? WORDS.cutOff : WORDS.away)}</span>
            )}
          </a>
        </li>
      ))}
    </ul>
  );
}
