import { useSignal } from "@preact/signals";
import { Confirm } from "../shared/confirm";
import { inBoth } from "../shared/language";
import { problemOf } from "../shared/refusals";
import { language, say } from "../shared/session";
import { Sign } from "../shared/sign";
import { preview } from "./costs";
import { discardDraft, rebaseDraft } from "./drafts";
import { broken, draft, mode } from "./now";
import { Changes } from "./notices";
import { attempt, isPublishing, publishAll } from "./store";
import { WORDS } from "./words";

/** Live or draft; and of a draft, what it changes, what it costs, and what others did meanwhile. */
export function DraftBar() {
  const open = useSignal(false);
  const now = draft.value;
  if (mode.value !== "draft") return null;
  const count = now?.commands.length ?? 0;
  return (
    <section class={`draft-bar${now?.meanwhile ? " stale" : ""}`} aria-label={say(WORDS.draft)}>
      <div class="draft-line">
        <strong>{say(WORDS.draft)}</strong>
        <span class="grow quiet">
          {count === 0 ? say(WORDS.draftEmpty) : `${count.toLocaleString(language.value)} ${say(WORDS.draftChanges)}`}
          <CostLine />
        </span>
        {count > 0 && (
          <>
            <button
              type="button"
              class="button plain"
              aria-expanded={open.value}
              onClick={() => {
                open.value = !open.value;
              }}
            >
              {say(WORDS.review)}
            </button>
            <Discard />
            <button
              type="button"
              class="button primary"
              disabled={now?.meanwhile !== null || isPublishing.value}
              onClick={() => void publishAll()}
            >
              {say(WORDS.publish)}
            </button>
          </>
        )}
      </div>
      {now?.meanwhile && (
        <div class="draft-meanwhile" role="alert">
          <p class="problem">
            <Sign state="stale" />
            {say(WORDS.draftStale)}
          </p>
          <Changes changes={now.meanwhile.cells} />
          <div class="task-actions">
            <button type="button" class="button primary" onClick={() => void rebase()}>
              {say(WORDS.applyOnTop)}
            </button>
          </div>
        </div>
      )}
      <BrokenDraft />
      {open.value && now && (
        <div class="draft-diff">
          <Changes changes={now.diff.cells} />
        </div>
      )}
    </section>
  );
}

/** Of one that cannot be any more: why, and what can be done with it. */
function BrokenDraft() {
  const found = broken.value;
  if (!found) return null;
  return (
    <div class="draft-meanwhile" role="alert">
      <p class="problem">
        <Sign state="unreachable" />
        {say(WORDS.draftBroken)} {say(problemOf(found.error, found.reason))}
      </p>
      <div class="task-actions">
        <button type="button" class="button primary" onClick={() => void rebase()}>
          {say(WORDS.applyRest)}
        </button>
        <Discard />
      </div>
    </div>
  );
}

function Discard() {
  const asking = useSignal(false);
  return (
    <>
      <button type="button" class="button" onClick={() => (asking.value = true)}>
        {say(WORDS.discard)}
      </button>
      {asking.value && (
        <Confirm
          title={say(WORDS.discardTitle)}
          does={say(WORDS.discard)}
          onYes={() => void attempt(discardDraft, WORDS.discarded)}
          onClose={() => (asking.value = false)}
        >
          <p>{say(WORDS.discardWhat)}</p>
        </Confirm>
      )}
    </>
  );
}

async function rebase(): Promise<void> {
  await attempt(async () => {
    const dropped = await rebaseDraft();
    return dropped > 0 ? inBoth`${dropped} ${WORDS.dropped}` : undefined;
  }, WORDS.applyOnTop);
}

/** What it all costs, in one line; a recorder that cannot send so much is named. */
export function CostLine() {
  const found = preview.value;
  if (!found) return null;
  const { total, recorders } = found;
  const figure = (value: number, digits: number): string =>
    value.toLocaleString(language.value, { maximumFractionDigits: digits });
  const over = Object.entries(total.sessions).filter(([host, count]) => count > (recorders[host] ?? Number.POSITIVE_INFINITY));
  return (
    <span class="cost">
      {` · ${figure(total.decoders, 0)} ${say(WORDS.decoders)} · ${figure(total.mbps, 1)} Mbit/s · ${figure(total.tiler_cores, 2)} ${say(WORDS.tilerCores)}`}
      {over.map(([host, count]) => (
        <span key={host} class="over">
          <Sign state="unreachable" />
          {host}: {count} / {recorders[host]} {say(WORDS.sessions)}
        </span>
      ))}
    </span>
  );
}
