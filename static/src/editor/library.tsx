import { cameras, found, onWall, typed } from "../shared/site";
import type { Camera } from "../shared/walls";
import { CameraList } from "../shared/camera_list";
import { LIST_WORDS, listWords } from "../shared/camera_list_words";
import { language, say, statesAsOf } from "../shared/session";
import { ShortName } from "../shared/short_name";
import { ToldSign } from "../shared/sign";
import { stateWords } from "../shared/state_words";
import { isDead } from "../shared/states";
import { StillPicture } from "../shared/still_picture";
import { showAndReturn } from "./chip";
import { Panels } from "./panels";
import { beginDrag } from "./pointer";
import { current, type Tab, tab } from "./store";
import { Tours } from "./tours";
import { WORDS } from "./words";

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
      {tab.value === "tours" && <Tours rows={found.value} />}
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
  return (
    <CameraList
      cameras={cameras.value}
      typed={typed}
      words={listWords(say)}
      page={8}
      line={3.125}
      rowClass="ed-row"
      isCurrent={({ id }) => {
        const shown = current.value?.cell.content;
        return shown?.type === "camera" && shown.camera === id;
      }}
      onPointerDown={(event, { id }) => beginDrag(event, { kind: "content", content: { type: "camera", camera: id } })}
      onChoose={({ id }) => showAndReturn({ type: "camera", camera: id })}
    >
      {(camera) => <CameraLine camera={camera} />}
    </CameraList>
  );
}

function CameraLine({ camera }: { camera: Camera }) {
  const words = stateWords(camera, Date.now(), language.value, statesAsOf.value);
  return (
    <>
      <span class="thumb">
        <StillPicture key={camera.id} camera={camera.id} dead={isDead(camera.state)} fit="cover" tiny />
      </span>
      <span class="ed-row-words">
        <ShortName class="ed-row-name" name={camera.name} />
        <span class="ed-row-place quiet">
          {[isDead(camera.state) && words, camera.district].filter(Boolean).join(" · ")}
        </span>
      </span>
      {onWall.value.has(camera.id) && (
        <span class="ed-row-wall" role="img" aria-label={say(LIST_WORDS.onWall)} title={say(LIST_WORDS.onWall)}>
          ▣
        </span>
      )}
      <ToldSign state={camera.state} title={words} />
    </>
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
