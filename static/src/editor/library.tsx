import { computed, signal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { cameraById, cameras, found, language, onWall, say, typed } from "../console/store";
import type { Camera } from "../console/walls";
import { Sign } from "../shared/sign";
import { isDead, stateName } from "../shared/states";
import { showAndReturn } from "./chip";
import { Panels } from "./panels";
import { beginDrag } from "./pointer";
import { current, type Tab, tab } from "./store";
import { useStill } from "./stills";
import { Tours } from "./tours";
import { WORDS } from "./words";

/** More rows than anybody scrolls through; a catalogue has thousands of cameras. */
const MOST_ROWS = 120;

const chosenDistrict = signal("");
const rows = computed(() => {
  const wanted = chosenDistrict.value;
  return wanted === "" ? found.value : found.value.filter((camera) => camera.district === wanted);
});

const TABS: readonly Tab[] = ["cameras", "tours", "panels"];

/** What can be put on the wall. */
export function Library() {
  return (
    <aside class="library" aria-label={say(WORDS[tab.value])}>
      <div class="tabs" role="tablist" onKeyDown={onTabKey}>
        {TABS.map((name) => (
          <button
            key={name}
            type="button"
            role="tab"
            class="tab"
            aria-selected={tab.value === name}
            tabIndex={tab.value === name ? 0 : -1}
            onClick={() => {
              tab.value = name;
            }}
          >
            {say(WORDS[name])}
          </button>
        ))}
      </div>
      <p class="library-how quiet">{say(WORDS.howToDrag)}</p>
      {tab.value === "cameras" && <Cameras />}
      {tab.value === "tours" && <Tours rows={rows.value} />}
      {tab.value === "panels" && <Panels />}
    </aside>
  );
}

function onTabKey(event: KeyboardEvent): void {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const bar = event.currentTarget as HTMLElement;
  const next = TABS[(TABS.indexOf(tab.value) + step + TABS.length) % TABS.length];
  if (next) tab.value = next;
  requestAnimationFrame(() => bar.querySelector<HTMLElement>("[aria-selected=true]")?.focus());
}

function Cameras() {
  const districts = [...new Set((cameras.value ?? []).flatMap((camera) => camera.district || []))].sort();
  return (
    <>
      <div class="finding">
        <label class="visually-hidden" for="search">
          {say(WORDS.search)}
        </label>
        <input
          id="search"
          class="field"
          type="search"
          autocomplete="off"
          placeholder={say(WORDS.search)}
          value={typed.value}
          onInput={(event) => {
            typed.value = event.currentTarget.value;
          }}
          onKeyDown={onSearchKey}
        />
        {districts.length > 1 && (
          <select
            class="field"
            aria-label={say(WORDS.district)}
            value={chosenDistrict.value}
            onChange={(event) => {
              chosenDistrict.value = event.currentTarget.value;
            }}
          >
            <option value="">{say(WORDS.allDistricts)}</option>
            {districts.map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        )}
      </div>
      <CameraRows />
    </>
  );
}

function CameraRows() {
  if (cameras.value === null) return <p class="sentence">{say(WORDS.loading)}</p>;
  if (cameras.value.length === 0) return <p class="sentence">{say(WORDS.noCameras)}</p>;
  const all = rows.value;
  if (all.length === 0) {
    return (
      <div class="sentence">
        <p>{say(WORDS.noMatch)}</p>
        <button type="button" class="button" onClick={clearSearch}>
          {say(WORDS.clearSearch)}
        </button>
      </div>
    );
  }
  return (
    <ul class="ed-rows" onKeyDown={onRowKey}>
      {all.slice(0, MOST_ROWS).map((camera) => (
        <Row key={camera.id} camera={camera} />
      ))}
      {all.length > MOST_ROWS && (
        <li class="sentence">
          {(all.length - MOST_ROWS).toLocaleString(language.value)} {say(WORDS.more)}
        </li>
      )}
    </ul>
  );
}

function clearSearch(): void {
  typed.value = "";
  chosenDistrict.value = "";
}

function Row({ camera }: { camera: Camera }) {
  const content = { type: "camera", camera: camera.id } as const;
  const words = stateName(camera.state, language.value);
  const shown = current.value?.cell.content;
  return (
    <li>
      <button
        type="button"
        class="ed-row"
        aria-current={shown?.type === "camera" && shown.camera === camera.id ? "true" : undefined}
        title={words}
        onPointerDown={(event) => beginDrag(event, { kind: "content", content })}
        onClick={() => showAndReturn(content)}
      >
        <Thumb camera={camera.id} />
        <span class="ed-row-words">
          <span class="ed-row-name">{camera.name}</span>
          <span class="ed-row-place quiet">
            {[isDead(camera.state) && words, camera.district].filter(Boolean).join(" · ")}
          </span>
        </span>
        {onWall.value.has(camera.id) && (
          <span class="ed-row-wall" role="img" aria-label={say(WORDS.onWall)} title={say(WORDS.onWall)}>
            ▣
          </span>
        )}
        <Sign state={camera.state} title={words} />
      </button>
    </li>
  );
}

/** Its picture, for as long as the row is to be seen. */
function Thumb({ camera }: { camera: string }) {
  const place = useRef<HTMLSpanElement>(null);
  const seen = useSignal(false);
  const still = useSignal<{ url: string | null; takenMs: number | null }>({ url: null, takenMs: null });
  useEffect(() => {
    const watcher = new IntersectionObserver((entries) => {
      seen.value = entries.at(-1)?.isIntersecting ?? false;
    });
    if (place.current) watcher.observe(place.current);
    return () => watcher.disconnect();
  }, []);
  useStill(seen.value ? camera : null, still);
  const dead = isDead(cameraById.value.get(camera)?.state);
  return (
    <span ref={place} class={`thumb${dead ? " dead" : ""}`}>
      {still.value.url && <img src={still.value.url} alt="" draggable={false} />}
    </span>
  );
}

/** What follows the pointer while it drags something out of the library. */
export function DragChip({ x, y, name }: { x: number; y: number; name: string }) {
  if (name === "") return null;
  return (
    <div class="drag-chip" style={{ transform: `translate(${x + 14}px, ${y + 12}px)` }} aria-hidden="true">
      {name}
    </div>
  );
}

/** ↓ or Enter leads from the search to the first camera found. */
function onSearchKey(event: KeyboardEvent): void {
  if (event.key !== "ArrowDown" && event.key !== "Enter") return;
  event.preventDefault();
  document.querySelector<HTMLElement>(".ed-rows .ed-row")?.focus();
}

function onRowKey(event: KeyboardEvent): void {
  const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 };
  const step = steps[event.key];
  if (step === undefined) return;
  event.preventDefault();
  const all = [...document.querySelectorAll<HTMLElement>(".ed-rows .ed-row")];
  const at = all.findIndex((row) => row === document.activeElement);
  if (at + step < 0) document.querySelector<HTMLElement>("#search")?.focus();
  else all[Math.min(all.length - 1, at + step)]?.focus();
}
