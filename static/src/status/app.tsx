import { useEffect } from "preact/hooks";
import { LIST_WORDS } from "../shared/camera_list_words";
import { KeysHelp } from "../shared/keys_help";
import { Away, PageHead } from "../shared/page_head";
import { PAGE_WORDS } from "../shared/page_words";
import { language, say } from "../shared/session";
import { Sign } from "../shared/sign";
import { stateName } from "../shared/states";
import { Availability } from "./availability";
import { CameraTable } from "./cameras";
import { Filters } from "./filterbar";
import { onPageKey } from "./keys";
import { ContactSheet } from "./sheet";
import { cameras, counts, filter, helping, shown, tab, tabOf, TABS, toggleState } from "./store";
import { System } from "./system";
import { SHORTCUTS, WORDS } from "./words";

export function App() {
  useKeys();
  return (
    <>
      <PageHead onHelp={() => (helping.value = true)}>
        <Tabs />
      </PageHead>
      <Away />
      <Tally />
      <main>
        {tab.value === "cameras" && <Cameras sheet={false} />}
        {tab.value === "sheet" && <Cameras sheet />}
        {tab.value === "availability" && <Availability />}
        {tab.value === "system" && <System />}
      </main>
      {helping.value && <KeysHelp keys={SHORTCUTS} onClose={() => (helping.value = false)} />}
    </>
  );
}

function Tabs() {
  return (
    <nav class="tabs" aria-label={say(PAGE_WORDS.status)}>
      {TABS.map((name) => (
        <a key={name} href={`#${name}`} aria-current={tab.value === name ? "page" : undefined}>
          {say(WORDS[name])}
        </a>
      ))}
    </nav>
  );
}

/** How many cameras are in each state: to be read from the other end of the room. */
function Tally() {
  if (cameras.value === null || cameras.value.length === 0) return null;
  return (
    <ul class="tally" aria-label={say(WORDS.states)}>
      {counts.value.map(({ state, count }) => (
        <li key={state}>
          <button
            type="button"
            aria-pressed={filter.value.states.has(state)}
            onClick={(event) => {
              toggleState(state, event.ctrlKey || event.metaKey || event.shiftKey);
              if (tab.value !== "sheet") location.hash = "#cameras";
            }}
          >
            <span class="tally-count">
              <Sign state={state} />
              {count.toLocaleString(language.value)}
            </span>
            <span class="tally-name">{stateName(state, language.value)}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}

function Cameras({ sheet }: { sheet: boolean }) {
  const all = cameras.value;
  if (all === null) return <p class="sentence">{say(PAGE_WORDS.loading)}</p>;
  if (all.length === 0) return <p class="sentence">{say(LIST_WORDS.noCameras)}</p>;
  return (
    <>
      <Filters all={all} />
      {shown.value.length === 0 ? (
        <p class="sentence">{say(WORDS.noMatch)}</p>
      ) : sheet ? (
        <ContactSheet cameras={shown.value} />
      ) : (
        <CameraTable cameras={shown.value} />
      )}
    </>
  );
}

function useKeys(): void {
  useEffect(() => {
    const ended = new AbortController();
    const { signal } = ended;
    window.addEventListener("hashchange", () => (tab.value = tabOf(location.hash)), { signal });
    document.addEventListener("keydown", onPageKey, { signal });
    return () => ended.abort();
  }, []);
}
