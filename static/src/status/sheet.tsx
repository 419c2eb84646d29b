import { useRef } from "preact/hooks";
import { language, now, say } from "../shared/session";
import { ShortName } from "../shared/short_name";
import { ToldSign } from "../shared/sign";
import { stateName, stateSentence, toneOf } from "../shared/states";
import { freshness } from "./ages";
import { agoText } from "./cameras";
import type { Camera } from "./filters";
import { useStill } from "./stills";
import { rem, spanOf, useBox } from "../shared/virtual";
import { WORDS } from "./words";

const LEAST_TILE_REM = 11;
const GAP_REM = 0.625;
const CAPTION_REM = 2.75;

/** The whole city in small pictures, worst first. */
export function ContactSheet({ cameras }: { cameras: readonly Camera[] }) {
  const box = useRef<HTMLDivElement>(null);
  const { scrolled, width, height } = useBox(box);
  const unit = rem();
  const inner = width - 2.5 * unit;
  const columns = Math.max(1, Math.floor((inner + GAP_REM * unit) / ((LEAST_TILE_REM + GAP_REM) * unit)));
  const tile = (inner - (columns - 1) * GAP_REM * unit) / columns;
  const row = (tile * 9) / 16 + (CAPTION_REM + GAP_REM) * unit;
  const rows = Math.ceil(cameras.length / columns);
  const { first, end } = width === 0 ? { first: 0, end: 0 } : spanOf(scrolled, height, row, rows);
  return (
    <div class="sheet" ref={box} tabIndex={0}>
      <div class="sheet-all" style={{ height: `${Math.max(0, rows * row)}px` }}>
        <ul
          aria-label={say(WORDS.sheet)}
          style={{
            transform: `translateY(${first * row}px)`,
            gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`,
            gridAutoRows: `${row - GAP_REM * unit}px`,
          }}
        >
          {cameras.slice(first * columns, end * columns).map((camera) => (
            <Tile key={camera.id} camera={camera} />
          ))}
        </ul>
      </div>
    </div>
  );
}

/** A picture with its age and its camera's state. What is not to be taken for the present looks like the past. */
function Tile({ camera }: { camera: Camera }) {
  const { isKnown, url, takenMs } = useStill(camera.id, camera.seen_ms !== null || camera.last_picture_ms !== null);
  const { state } = camera;
  const said = language.value;
  const age = freshness(takenMs, now.value, state);
  const why = state === "live" ? stateName(state, said) : stateSentence(state, camera, said);
  return (
    <li class={`tile is-${toneOf(state)} picture-${age}`} title={`${camera.name}\n${why}`}>
      <div class="tile-picture">
        {url !== null && <img src={url} alt="" />}
        {url === null && (state !== "live" || isKnown) && <p>{state === "live" ? say(WORDS.noPicture) : why}</p>}
        {age === "old" && takenMs !== null && <span class="tile-old">{agoText(takenMs)}</span>}
      </div>
      <div class="tile-name">
        <ToldSign state={state} title={stateName(state, said)} />
        <ShortName name={camera.name} />
      </div>
      <div class="tile-age quiet">
        {state !== "live" && <span class="tile-state">{stateName(state, said)}</span>}
        {takenMs !== null && age === "fresh" && <span>{agoText(takenMs)}</span>}
        {age === "old" && <span>{say(WORDS.oldPicture)}</span>}
      </div>
    </li>
  );
}
