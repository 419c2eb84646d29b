import { useEffect } from "preact/hooks";
import { Away, PageHead } from "../shared/page_head";
import { PAGE_WORDS } from "../shared/page_words";
import { mayDo, me, say } from "../shared/session";
import { Sign } from "../shared/sign";
import { Audit } from "./audit";
import { CameraForm } from "./camera_form";
import { CameraTable } from "./cameras";
import { Discovery } from "./discovery";
import { FileImport } from "./file_import";
import { Masks } from "./masks";
import { People } from "./people";
import { placeOf, TABS } from "./place";
import { Settings } from "./settings";
import { notice, place } from "./store";
import { Tokens } from "./tokens";
import { WORDS } from "./words";

export function App() {
  useKeys();
  return (
    <>
      <PageHead>
        <nav class="tabs" aria-label={say(PAGE_WORDS.admin)}>
          {TABS.map((name) => (
            <a key={name} href={`#${name}`} aria-current={place.value.tab === name ? "page" : undefined}>
              {say(WORDS[name])}
            </a>
          ))}
        </nav>
      </PageHead>
      <Away />
      <Notice />
      <main>{me.value === null ? <p class="sentence">{say(PAGE_WORDS.loading)}</p> : <Shown />}</main>
    </>
  );
}

function Shown() {
  const { tab, camera, masks } = place.value;
  if (!mayDo("cameras.edit")) return <p class="sentence">{say(WORDS.forAdministrators)}</p>;
  if (tab === "import") return <FileImport />;
  if (tab === "discovery") return <Discovery />;
  if (tab === "people") return <People />;
  if (tab === "tokens") return <Tokens />;
  if (tab === "audit") return <Audit />;
  if (tab === "settings") return <Settings />;
  if (masks && camera) return <Masks key={camera} camera={camera} />;
  return (
    <div class={camera === null ? "split" : "split has-side"}>
      <CameraTable />
      {camera !== null && <CameraForm key={camera} id={camera} />}
    </div>
  );
}

/** What was done last, or why it was not. */
function Notice() {
  const said = notice.value;
  return (
    <div class={said ? "notice" : "visually-hidden"} role={said?.good === false ? "alert" : "status"}>
      {said && (
        <>
          <Sign state={said.good ? "live" : "unreachable"} />
          <span>{said.text}</span>
          <button type="button" class="button plain" onClick={() => (notice.value = null)}>
            {say(PAGE_WORDS.close)}
          </button>
        </>
      )}
    </div>
  );
}

/** `/`: search. */
function useKeys(): void {
  useEffect(() => {
    const ended = new AbortController();
    const { signal } = ended;
    const moved = (): void => {
      place.value = placeOf(location.hash);
      notice.value = null;
    };
    window.addEventListener("hashchange", moved, { signal });
    document.addEventListener(
      "keydown",
      (event) => {
        const isTyping = event.target instanceof Element && event.target.matches("input, textarea, select");
        if (event.key !== "/" || isTyping || document.querySelector("dialog[open]")) return;
        event.preventDefault();
        document.querySelector<HTMLInputElement>("#search")?.select();
      },
      { signal },
    );
    return () => ended.abort();
  }, []);
}
