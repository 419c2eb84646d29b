import { useSignalEffect } from "@preact/signals";
import { useEffect } from "preact/hooks";
import icon from "../shared/icon.svg";
import { Sign } from "../shared/sign";
import { STATES, stateName } from "../shared/states";
import { sinceText } from "../shared/time";
import { CameraList } from "./cameras";
import { Displays } from "./displays";
import {
  awaySince,
  cameras,
  language,
  me,
  refresh,
  say,
  select,
  selected,
  setLanguage,
  show,
  signOut,
  undo,
  walls,
} from "./store";
import { countStates } from "./walls";
import { WORDS } from "./words";

export function App() {
  useSignalEffect(() => {
    document.documentElement.lang = language.value;
    document.title = `${say(WORDS.title)} · Wallserver`;
  });
  useShortcuts();
  return (
    <>
      <Header />
      <Away />
      <div class="columns">
        <CameraList />
        <Displays />
      </div>
    </>
  );
}

function Header() {
  return (
    <header class="top">
      <h1>
        <img src={icon} alt="" />
        {walls.value?.length === 1 ? walls.value[0]?.name : "Wallserver"}
      </h1>
      <ul class="counts" aria-label={say(WORDS.cameras)}>
        {countStates(cameras.value ?? [], STATES).map(({ state, count }) => (
          <li key={state} title={stateName(state, language.value)}>
            <Sign state={state} title={stateName(state, language.value)} />
            {count}
            {state !== "live" && <span class="count-name">{stateName(state, language.value).toLowerCase()}</span>}
          </li>
        ))}
      </ul>
      <div class="top-end">
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
        {say(WORDS.serverAway)} {sinceText(awaySince.value, Date.now(), language.value)}.{" "}
        {cameras.value !== null && say(WORDS.serverRetries)}
      </span>
      <button type="button" class="button" onClick={() => void refresh()}>
        {say(WORDS.retry)}
      </button>
    </div>
  );
}

/** `/` or Ctrl+F: search. Esc: no cell. Del: clear the cell. Ctrl+Z: undo. */
function useShortcuts(): void {
  useEffect(() => {
    const ended = new AbortController();
    document.addEventListener("keydown", onKey, { signal: ended.signal });
    return () => ended.abort();
  }, []);
}

function onKey(event: KeyboardEvent): void {
  const { key, target } = event;
  const field = target instanceof HTMLInputElement ? target : null;
  const control = event.ctrlKey || event.metaKey;
  if (document.querySelector("dialog[open]")) return;
  if ((key === "/" && !field) || (control && key === "f")) {
    event.preventDefault();
    document.querySelector<HTMLInputElement>("#search")?.select();
  } else if (key === "Escape" && selected.value) {
    backToCell();
    select(null);
  } else if (key === "Delete" && !field?.value && selected.value) {
    void show(null);
  } else if (control && key === "z" && !field?.value) {
    event.preventDefault();
    void undo();
  }
}

/** Puts the focus on the selected cell of the miniature. */
export function backToCell(): void {
  document.querySelector<HTMLElement>(".mini-cell[aria-pressed=true]")?.focus();
}
