import { useSignalEffect } from "@preact/signals";
import { useEffect } from "preact/hooks";
import icon from "../shared/icon.svg";
import { Sign } from "../shared/sign";
import { stateName } from "../shared/states";
import { sinceText } from "../shared/time";
import { secondsText } from "./ages";
import { Availability } from "./availability";
import { CameraTable } from "./cameras";
import { Filters } from "./filterbar";
import { ContactSheet } from "./sheet";
import {
  awaySince,
  cameras,
  counts,
  filter,
  language,
  me,
  now,
  refresh,
  say,
  setLanguage,
  shown,
  signOut,
  TABS,
  tab,
  tabOf,
  toggleState,
} from "./store";
import { System } from "./system";
import { WORDS } from "./words";

export function App() {
  useSignalEffect(() => {
    document.documentElement.lang = language.value;
    document.title = `${say(WORDS.title)} · Wallserver`;
  });
  useKeys();
  return (
    <>
      <Header />
      <Away />
      <Tally />
      <main>
        {tab.value === "cameras" && <Cameras sheet={false} />}
        {tab.value === "sheet" && <Cameras sheet />}
        {tab.value === "availability" && <Availability />}
        {tab.value === "system" && <System />}
      </main>
    </>
  );
}

function Header() {
  return (
    <header class="top">
      <h1>
        <img src={icon} alt="" />
        {say(WORDS.title)}
      </h1>
      <nav class="tabs" aria-label={say(WORDS.title)}>
        {TABS.map((name) => (
          <a key={name} href={`#${name}`} aria-current={tab.value === name ? "page" : undefined}>
            {say(WORDS[name])}
          </a>
        ))}
      </nav>
      <div class="top-end">
        <time class="clock">{secondsText(now.value, language.value)} WITA</time>
        <a class="button plain" href="/console">
          {say(WORDS.console)}
        </a>
        <button type="button" class="button plain" onClick={() => setLanguage(language.value === "id" ? "en" : "id")}>
          {say(WORDS.otherLanguage)}
        </button>
        <span class="quiet">{me.value?.name}</span>
        <button type="button" class="button" onClick={() => void signOut()}>
          {say(WORDS.logout)}
        </button>
      </div>
    </header>
  );
}

/** The server does not answer: what is seen may be old. */
function Away() {
  if (awaySince.value === null) return null;
  return (
    <div class="away" role="status">
      <Sign state="stale" />
      <span>
        {say(WORDS.serverAway)} {sinceText(awaySince.value, now.value, language.value)}. {say(WORDS.mayBeOld)}
      </span>
      <button type="button" class="button" onClick={() => void refresh()}>
        {say(WORDS.retry)}
      </button>
    </div>
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
  if (all === null) return <p class="sentence">{say(WORDS.loading)}</p>;
  if (all.length === 0) return <p class="sentence">{say(WORDS.noCameras)}</p>;
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

/** `/`: search. */
function useKeys(): void {
  useEffect(() => {
    const ended = new AbortController();
    const { signal } = ended;
    window.addEventListener("hashchange", () => (tab.value = tabOf(location.hash)), { signal });
    document.addEventListener(
      "keydown",
      (event) => {
        if (event.key !== "/" || event.target instanceof HTMLInputElement) return;
        event.preventDefault();
        document.querySelector<HTMLInputElement>("#search")?.select();
      },
      { signal },
    );
    return () => ended.abort();
  }, []);
}
