import { useEffect } from "preact/hooks";
import { CameraList } from "../shared/camera_list";
import { LIST_WORDS, listWords } from "../shared/camera_list_words";
import { KeysHelp } from "../shared/keys_help";
import { Away, PageHead } from "../shared/page_head";
import { language, say, statesAsOf } from "../shared/session";
import { ShortName } from "../shared/short_name";
import { ToldSign } from "../shared/sign";
import { asOfWords, stateWords } from "../shared/state_words";
import { type State, STATES, stateName } from "../shared/states";
import { beginDrag, carry, drag } from "./carrying";
import { choose, chosen, helping, isLarge, isWide } from "./desk";
import { onPageKey } from "./keys";
import { MapPane } from "./map";
import { CameraMenu, openMenu } from "./menu";
import { CutOffDialog } from "./cut_off";
import { Preview } from "./preview";
import { HandoverBanner, HandoverButton, HandoverList } from "./handover";
import { handingOver } from "./handovers";
import { aim, listing } from "./public";
import { PublicButton, PublicList } from "./public_list";
import { cameras, onWall, typed } from "../shared/site";
import { Walls } from "./wall";
import { type Camera, countStates } from "../shared/walls";
import { SHORTCUTS, WORDS } from "./words";

export function App() {
  useEffect(() => {
    const ended = new AbortController();
    document.addEventListener("keydown", onPageKey, { signal: ended.signal });
    return () => ended.abort();
  }, []);
  return (
    <>
      <div class="above" inert={isLarge.value}>
        <PageHead onHelp={() => (helping.value = true)}>
          <Counts />
          <PublicButton />
          <HandoverButton />
        </PageHead>
        <Away />
        <HandoverBanner />
      </div>
      <div class={["desk", isWide.value && "wide", isLarge.value && "enlarged"].filter(Boolean).join(" ")}>
        <Cameras />
        <Walls />
        <Preview />
        <MapPane />
      </div>
      <CameraMenu />
      {listing.value && <PublicList />}
      {handingOver.value && <HandoverList />}
      {aim.value && <CutOffDialog first={aim.value} />}
      {helping.value && <KeysHelp keys={SHORTCUTS} onClose={() => (helping.value = false)} />}
      {drag.value && (
        <div class="drag-chip one-line" style={{ transform: `translate(${drag.value.x + 14}px, ${drag.value.y + 12}px)` }} aria-hidden="true">
          {drag.value.name}
        </div>
      )}
    </>
  );
}

function Counts() {
  return (
    <ul class="counts" aria-label={say(WORDS.cameras)}>
      {countStates(cameras.value ?? [], STATES).map(({ state, count }) => (
        <li key={state} title={countWords(state)}>
          <ToldSign state={state} title={countWords(state)} />
          {count.toLocaleString(language.value)}
          {state !== "live" && <span class="count-name">{stateName(state, language.value).toLowerCase()}</span>}
        </li>
      ))}
    </ul>
  );
}

function countWords(state: State): string {
  return stateName(state, language.value) + asOfWords(Date.now(), language.value, statesAsOf.value);
}

/** A click or the arrow keys look at a camera; Enter carries it to the wall, as does the pointer. */
function Cameras() {
  return (
    <aside class="cameras" aria-label={say(WORDS.cameras)} inert={isLarge.value}>
      <CameraList
        cameras={cameras.value}
        typed={typed}
        words={listWords(say)}
        page={12}
        line={2.125}
        rowClass="cam-row"
        isCurrent={({ id }) => id === chosen.value}
        onVisit={({ id }) => choose(id)}
        onChoose={({ id }, by) => (by === "key" ? carry(id) : choose(id))}
        onPointerDown={(event, { id }) => beginDrag(event, id)}
        onMenu={(event, { id }) => openMenu(event, id, null)}
      >
        {(camera) => <Line camera={camera} />}
      </CameraList>
    </aside>
  );
}

function Line({ camera }: { camera: Camera }) {
  const words = stateWords(camera, Date.now(), language.value, statesAsOf.value);
  return (
    <>
      <span class={`risk ${camera.risk}`} title={say(WORDS[camera.risk])} />
      <ToldSign state={camera.state} title={words} />
      <ShortName class="cl-name" name={camera.name} />
      {onWall.value.has(camera.id) && (
        <span class="row-wall" role="img" aria-label={say(LIST_WORDS.onWall)} title={say(LIST_WORDS.onWall)}>
          ▣
        </span>
      )}
    </>
  );
}
