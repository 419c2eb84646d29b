/** Beside the wall as it was: what is known of the picked cell, and what differs from the other revision. */
import type { ComponentChildren } from "preact";
import { changeText } from "../shared/difference_words";
import { dateTime } from "../shared/moments";
import { PAGE_WORDS } from "../shared/page_words";
import { language, say } from "../shared/session";
import { Sign } from "../shared/sign";
import { cameraName } from "../shared/site";
import { inReadingOrder } from "../shared/walls";
import { difference, isUncompared, pair, picked, pickedCell, tries } from "./past";
import { type PastCell, type PastWall, proofOf, rateOf, SIGNS } from "./past_cells";
import { nameOf } from "./past_wall";
import { WORDS } from "./words";

export function PastDetails({ wall }: { wall: PastWall }) {
  const at = pickedCell.value;
  return (
    <aside class="past-details" aria-label={say(WORDS.details)}>
      {at ? <OfCell wall={wall} name={cellName(wall, at.display.id, at.cell.id)} cell={at.cell} /> : <p class="quiet">{say(WORDS.pickCell)}</p>}
      <Differences wall={wall} />
    </aside>
  );
}

function OfCell({ wall, name, cell }: { wall: PastWall; name: string; cell: PastCell }) {
  const proof = proofOf(cell);
  const { drew } = cell;
  const rate = drew && rateOf(drew);
  return (
    <section>
      <p class="quiet">{name}</p>
      <h2>{nameOf(wall, cell)}</h2>
      <dl>
        {cell.content.type === "tour" && (
          <Fact name={say(WORDS.tour)}>{wall.tours.find(({ id }) => cell.content.type === "tour" && id === cell.content.tour)?.name}</Fact>
        )}
        {cell.since_ms !== null && <Fact name={say(WORDS.thereSince)}>{dateTime(cell.since_ms, language.value)}</Fact>}
        {cell.made_by !== null && (
          <Fact name={say(WORDS.putBy)}>
            {cell.made_by}, {say(WORDS.revision).toLowerCase()} {cell.revision}
          </Fact>
        )}
        {proof !== "none" && (
          <Fact name={say(WORDS.proof)}>
            <span class="proof-line">
              <Sign state={SIGNS[proof]} /> {say(WORDS[proof])}
            </span>
          </Fact>
        )}
        {drew && (
          <>
            {drew.camera !== cell.camera && <Fact name={say(WORDS.drewCamera)}>{cameraName(drew.camera)}</Fact>}
            <Fact name={say(WORDS.frames)}>
              {drew.frames.toLocaleString(language.value)}
              {rate !== null && ` (${rate.toLocaleString(language.value, { maximumFractionDigits: 1 })}/${say(WORDS.second)})`}
            </Fact>
            <Fact name={say(WORDS.between)}>
              {dateTime(drew.from_ms, language.value)} – {dateTime(drew.until_ms, language.value)}
            </Fact>
          </>
        )}
      </dl>
    </section>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Differences({ wall }: { wall: PastWall }) {
  const of = pair.value;
  const found = difference.value;
  if (of === null) return null;
  return (
    <section>
      <h2>
        {say(WORDS.revision)} {of[0]} → {of[1]}
      </h2>
      {found === null && (isUncompared.value ? <Uncompared /> : <p class="quiet">{say(PAGE_WORDS.loading)}</p>)}
      {found?.length === 0 && <p class="quiet">{say(WORDS.noDifference)}</p>}
      <ul class="differences">
        {found?.map((change) => (
          <li key={`${change.display} ${change.cell}`}>
            <button type="button" onClick={() => (picked.value = { display: change.display, cell: change.cell })}>
              {cellName(wall, change.display, change.cell)}
            </button>
            : {changeText(change, (cell) => nameOf(wall, cell), language.value)}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Uncompared() {
  return (
    <p role="status">
      <Sign state="stale" /> {say(WORDS.uncompared)}{" "}
      <button type="button" class="button" onClick={() => (tries.value += 1)}>
        {say(PAGE_WORDS.retry)}
      </button>
    </p>
  );
}

function cellName(wall: PastWall, displayId: string, cellId: string): string {
  const display = wall.displays.find(({ id }) => id === displayId);
  const index = inReadingOrder(display?.layout.cells ?? []).findIndex(({ id }) => id === cellId);
  return `${display?.name ?? displayId}, ${say(WORDS.cell).toLowerCase()} ${index < 0 ? cellId : index + 1}`;
}
