import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { ColumnNames } from "../shared/column_names";
import { dateTime } from "../shared/moments";
import { PAGE_WORDS } from "../shared/page_words";
import { Problem } from "../shared/problem";
import { language, mayDo, say } from "../shared/session";
import { Sign } from "../shared/sign";
import { aim, lift, listing, seen, whyNot } from "./public";
import { type Cut, cutOf, type Published, watching } from "./public_cuts";
import { PUBLIC_WORDS as WORDS } from "./public_words";

/** In the head of the page: how many watch, and whether something is cut off. Opens the list. */
export function PublicButton() {
  const { enabled, cameras, cut_offs: cuts } = seen.value;
  if (!enabled || !mayDo("public.see")) return null;
  const viewers = cameras.reduce((sum, one) => sum + watching(one), 0);
  return (
    <button type="button" class="button" id="public" onClick={() => (listing.value = true)}>
      {cuts.length > 0 && <Sign state="stale" title={say(WORDS.cut)} />} {say(WORDS.public)}: {viewers.toLocaleString(language.value)}{" "}
      {say(WORDS.watching).toLowerCase()}
    </button>
  );
}

/** Everything that is published: how many watch it, what is cut off and until when. */
export function PublicList() {
  const dialog = useRef<HTMLDialogElement>(null);
  const problem = useSignal<string | null>(null);
  const { cameras, cut_offs: cuts } = seen.value;
  useEffect(() => dialog.current?.showModal(), []);
  const onLift = (cut: Cut): void => {
    problem.value = null;
    lift(cut).catch((error: unknown) => {
      problem.value = whyNot(error, WORDS.notLifted);
    });
  };
  return (
    <dialog ref={dialog} class="dialog public-list" aria-labelledby="public-title" onClose={() => (listing.value = false)}>
      <h2 id="public-title">{say(WORDS.title)}</h2>
      {cuts.length > 0 && (
        <section aria-label={say(WORDS.cutOffs)}>
          {cuts.map((cut) => (
            <CutNote key={`${cut.kind} ${cut.target}`} cut={cut} onLift={() => onLift(cut)} />
          ))}
        </section>
      )}
      {problem.value && <Problem text={problem.value} />}
      {cameras.length === 0 ? <p>{say(WORDS.nothing)}</p> : <Cameras cameras={cameras} cuts={cuts} />}
      <div class="task-actions">
        {mayDo("public.cut") && cameras.length > 0 && (
          <button type="button" class="button danger" onClick={() => (aim.value = { kind: "all", target: "" })}>
            {say(WORDS.cutAll)}
          </button>
        )}
        <button type="button" class="button" onClick={() => dialog.current?.close()}>
          {say(PAGE_WORDS.close)}
        </button>
      </div>
    </dialog>
  );
}

function CutNote({ cut, onLift }: { cut: Cut; onLift: () => void }) {
  const name = seen.value.cameras.find(({ camera }) => camera === cut.target)?.name ?? cut.target;
  const what = cut.kind === "all" ? say(WORDS.everything) : cut.kind === "group" ? `${say(WORDS.wholeGroup)} ${name}` : name;
  const end = cut.until_ms === null ? say(WORDS.untilLifted) : `${say(WORDS.until)} ${dateTime(cut.until_ms, language.value)}`;
  return (
    <div class="note">
      <Sign state="stale" />
      <p class="grow">
        <b>{what}</b>, {end}
        <br />
        <span class="quiet">
          {cut.reason} ({say(WORDS.by)} {cut.made_by})
        </span>
      </p>
      {mayDo("public.cut") && (
        <button type="button" class="button" onClick={onLift}>
          {say(WORDS.lift)}
        </button>
      )}
    </div>
  );
}

function Cameras({ cameras, cuts }: { cameras: readonly Published[]; cuts: readonly Cut[] }) {
  return (
    <div class="public-rows">
      <table>
        <thead>
          <tr>
            <ColumnNames words={[WORDS.camera, WORDS.group, WORDS.watching, WORDS.now]} />
            <td />
          </tr>
        </thead>
        <tbody>
          {cameras.map((one) => {
            const cut = cutOf(one, cuts);
            return (
              <tr key={one.camera}>
                <th scope="row">{one.name}</th>
                <td>{one.group}</td>
                <td title={`${one.viewers.webrtc} WebRTC`}>{watching(one).toLocaleString(language.value)}</td>
                <td>
                  <Sign state={cut ? "stale" : "live"} /> {say(cut ? WORDS.cut : WORDS.visible)}
                </td>
                <td>
                  {mayDo("public.cut") && !cut && (
                    <button type="button" class="button plain" onClick={() => (aim.value = { kind: "camera", target: one.camera })}>
                      {say(WORDS.cutCamera)}
                    </button>
                  )}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
