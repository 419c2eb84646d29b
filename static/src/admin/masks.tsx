import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { dateTime } from "../shared/moments";
import { PAGE_WORDS } from "../shared/page_words";
import { language, say } from "../shared/session";
import { DrawnMasks } from "./drawn_masks";
import { type Drawing, MaskPicture } from "./mask_picture";
import { type Mask, MOST_MASKS, MOST_POINTS, type Point, rectangle, type Style, withMore } from "./polygons";
import { cameras, readAgain, tell, tellProblem } from "./store";
import { WORDS } from "./words";

/** What of a camera nobody may see, drawn over a still of it. */
export function Masks({ camera }: { camera: string }) {
  const drawn = useMemo(() => new DrawnMasks(camera), [camera]);
  const chosen = useSignal<number | null>(null);
  const begun = useSignal<readonly Point[] | null>(null);
  const looked = useSignal(0);
  useEffect(() => {
    drawn.read().then(() => (looked.value += 1), tellProblem);
  }, [drawn]);
  const save = async (): Promise<void> => {
    try {
      const { masks } = await drawn.save();
      tell(masks.length > 0 ? WORDS.masksSaved : WORDS.masksGone);
      looked.value += 1;
      await readAgain();
    } catch (error) {
      tellProblem(error, { stale: WORDS.masksMeanwhile });
    }
  };
  const told = drawn.told.value;
  const isOther = drawn.isOther.value;
  const name = cameras.value?.find(({ id }) => id === camera)?.name ?? camera;
  const drawing: Drawing = { masks: drawn.masks, chosen, begun };
  if (told === null) return <p class="sentence">{say(PAGE_WORDS.loading)}</p>;
  return (
    <section class="masks">
      <div class="masks-picture">
        <header class="bar">
          <h2>
            {say(WORDS.masks)}: {name}
          </h2>
          <a class="button plain" href={`#cameras/${encodeURIComponent(camera)}`}>
            {say(WORDS.backToCamera)}
          </a>
        </header>
        <MaskPicture camera={camera} drawing={drawing} looked={looked.value} />
        <p class="quiet">{say(begun.value === null ? WORDS.masksHow : WORDS.drawingHow)}</p>
      </div>
      <aside class="side" aria-label={say(WORDS.masks)}>
        <Tools drawing={drawing} />
        <div class="side-part">
          <p class="quiet">{say(WORDS.masksMean)}</p>
          {told.made_ms !== null && (
            <p class="quiet">
              {say(WORDS.lastSaid)} {told.made_by}, {dateTime(told.made_ms, language.value)}
            </p>
          )}
          <div class="actions">
            <button
              type="button"
              class="button primary"
              disabled={!isOther || begun.value !== null || drawn.isBusy.value}
              onClick={() => void save()}
            >
              {say(PAGE_WORDS.save)}
            </button>
            <button
              type="button"
              class="button"
              disabled={!isOther && begun.value === null}
              onClick={() => {
                drawn.discard();
                [chosen.value, begun.value] = [null, null];
              }}
            >
              {say(WORDS.discard)}
            </button>
            {isOther && <span class="quiet">{say(WORDS.notSaved)}</span>}
          </div>
        </div>
      </aside>
    </section>
  );
}

/** The masks by number: their style, another point, away with them. */
function Tools({ drawing }: { drawing: Drawing }) {
  const { masks, chosen, begun } = drawing;
  const isFull = masks.value.length >= MOST_MASKS;
  const change = (at: number, mask: Mask): void => {
    masks.value = masks.value.with(at, mask);
  };
  return (
    <div class="side-part">
      <div class="actions">
        <button
          type="button"
          class="button"
          disabled={isFull}
          aria-pressed={begun.value !== null}
          onClick={() => {
            begun.value = begun.value === null ? [] : null;
            chosen.value = null;
          }}
        >
          {say(begun.value === null ? WORDS.drawMask : WORDS.cancelDrawing)}
        </button>
        <button
          type="button"
          class="button"
          disabled={isFull || begun.value !== null}
          onClick={() => {
            masks.value = [...masks.value, rectangle()];
            chosen.value = masks.value.length - 1;
          }}
        >
          {say(WORDS.addRectangle)}
        </button>
      </div>
      {masks.value.length === 0 && <p class="quiet">{say(WORDS.noMasks)}</p>}
      <ol class="mask-list">
        {masks.value.map((mask, at) => (
          <li key={at} class={chosen.value === at ? "chosen" : ""}>
            <button type="button" class="button plain" aria-pressed={chosen.value === at} onClick={() => (chosen.value = at)}>
              {say(WORDS.mask)} {at + 1}
            </button>
            <label class="visually-hidden" for={`style-${at}`}>
              {say(WORDS.style)}
            </label>
            <select
              id={`style-${at}`}
              class="field"
              value={mask.style}
              onChange={(event) => change(at, { ...mask, style: event.currentTarget.value as Style })}
            >
              <option value="solid">{say(WORDS.solid)}</option>
              <option value="pixelated">{say(WORDS.pixelated)}</option>
            </select>
            <button
              type="button"
              class="button plain"
              title={say(WORDS.addPoint)}
              aria-label={`${say(WORDS.addPoint)} (${at + 1})`}
              disabled={mask.points.length >= MOST_POINTS}
              onClick={() => {
                chosen.value = at;
                change(at, withMore(mask));
              }}
            >
              +
            </button>
            <button
              type="button"
              class="button plain"
              title={say(WORDS.remove)}
              aria-label={`${say(WORDS.remove)} (${at + 1})`}
              onClick={() => {
                masks.value = masks.value.toSpliced(at, 1);
                chosen.value = null;
              }}
            >
              ×
            </button>
          </li>
        ))}
      </ol>
    </div>
  );
}
