import { useSignal, useSignalEffect } from "@preact/signals";
import { ask } from "../shared/http";
import { inBoth, type Said } from "../shared/language";
import { whyNotThese } from "../shared/scope";
import { language, me, say } from "../shared/session";
import { WHY_SHUT } from "../shared/shut_words";
import { sinceText } from "../shared/time";
import { liveWall, wallPath } from "./now";
import { Changes } from "./notices";
import { compare, look, looked, type Looked } from "./since";
import { perform } from "./store";
import { WORDS } from "./words";

interface Revision {
  readonly revision: number;
  readonly made_by: string;
  readonly made_ms: number;
  readonly said_id: string;
  readonly said_en: string;
}

const SHOWN = 20;

/** The wall's revisions, the newest first; one that is opened shows what has changed since, and how to go back. */
export function History() {
  const all = useSignal<readonly Revision[]>([]);
  useSignalEffect(() => {
    if (!liveWall.value?.revision) return;
    void ask<Revision[]>(`${wallPath}/revisions?limit=${SHOWN}`)
      .then((found) => {
        all.value = found;
      })
      .catch(() => undefined);
    void compare();
  });
  if (all.value.length === 0) return null;
  const open = looked.value;
  return (
    <section>
      <h3>{say(WORDS.history)}</h3>
      <ol class="revisions">
        {all.value.map((one) => (
          <li key={one.revision}>
            <button type="button" aria-expanded={open?.revision === one.revision} onClick={() => void look(one.revision)}>
              <span class="number">{one.revision}</span>
              <span class="grow">
                <span class="revision-words">{language.value === "en" ? one.said_en : one.said_id}</span>
                <span class="quiet">
                  {one.made_by}, {sinceText(one.made_ms, Date.now(), language.value).replace(/^(sejak|since) /, "")}
                </span>
              </span>
            </button>
            {open?.revision === one.revision && (
              <div class="revision-open">
                {one.revision === liveWall.value?.revision ? (
                  <p class="quiet">{say(WORDS.present)}</p>
                ) : (
                  <>
                    {open.since && (
                      <>
                        <h4 class="quiet">
                          {say(WORDS.sinceRevision)} {one.revision} ({say(WORDS.thenNow)})
                        </h4>
                        <Changes changes={open.since.cells} />
                      </>
                    )}
                    <GoBack open={open} />
                  </>
                )}
              </div>
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}

/** Has anybody, since it was read what going back would undo? Where nothing was read yet that is so too. */
function changedSince(): Said | null {
  return looked.value?.until === liveWall.value?.revision ? null : WORDS.changedSince;
}

/** Nobody undoes unseen what has changed since: where that could not be read, a press reads it once more. */
function GoBack({ open: { revision, since } }: { open: Looked }) {
  const isRead = changedSince() === null;
  const shut = since && whyNotThese(since.cells, me.value?.scope);
  const goBack = (): void => {
    if (!isRead) void compare();
    else if (!shut) void perform({ type: "restore", revision }, inBoth`${WORDS.goBack}: ${revision}`, changedSince);
  };
  return (
    <button
      type="button"
      class="button"
      title={shut ? say(WHY_SHUT[shut]) : undefined}
      aria-disabled={!isRead || shut !== null}
      onClick={goBack}
    >
      {say(WORDS.goBack)}
    </button>
  );
}
