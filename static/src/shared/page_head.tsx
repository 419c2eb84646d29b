/** The head of every page for people who signed in: where else they may go, the site's clock, language, signing out. */
import { useSignalEffect } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import icon from "./icon.svg";
import { PAGE_WORDS as WORDS } from "./page_words";
import { askAgain, away, language, mayDo, me, now, say, setLanguage, signOut } from "./session";
import { Sign } from "./sign";
import { clockText, sinceText } from "./time";

/** Each page with what one must be allowed to do for it to be of use. */
const PAGES = [
  { path: "/console", words: WORDS.console, action: "walls.see" },
  { path: "/status", words: WORDS.status, action: "cameras.see" },
  { path: "/admin", words: WORDS.admin, action: "cameras.edit" },
] as const;

interface HeadParts {
  /** What the page is called where it is none of PAGES: those are named among the links. */
  readonly title?: string | undefined;
  /** Shows the page's keys, where it has some. */
  readonly onHelp?: () => void;
  /** What only this page has up there. */
  readonly children?: ComponentChildren;
}

export function PageHead({ title, onHelp, children }: HeadParts) {
  const here = PAGES.find(({ path }) => path === location.pathname);
  const name = title ?? (here ? say(here.words) : "Wallserver");
  useEffect(() => {
    document.title = `${name} · Wallserver`;
  }, [name]);
  useSignalEffect(() => {
    document.documentElement.lang = language.value;
  });
  return (
    <header class="top">
      <nav class="pages" aria-label={say(WORDS.pages)}>
        <img src={icon} alt="Wallserver" />
        {PAGES.filter(({ action }) => mayDo(action)).map(({ path, words }) => (
          <a key={path} href={path} aria-current={path === here?.path ? "page" : undefined}>
            {say(words)}
          </a>
        ))}
      </nav>
      <h1 class={here ? "visually-hidden" : "one-line"}>{name}</h1>
      {children}
      <div class="top-end">
        <Clock />
        {onHelp && (
          <button type="button" class="button plain" title={say(WORDS.help)} aria-label={say(WORDS.help)} onClick={onHelp}>
            <kbd>?</kbd>
          </button>
        )}
        <button type="button" class="button plain" onClick={() => setLanguage(language.value === "id" ? "en" : "id")}>
          {say(WORDS.otherLanguage)}
        </button>
        <span class="who quiet one-line">{me.value?.name}</span>
        <button type="button" class="button" onClick={() => void signOut()}>
          {say(WORDS.logout)}
        </button>
      </div>
    </header>
  );
}

function Clock() {
  useEffect(() => {
    const timer = setInterval(() => (now.value = Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return <time class="clock">{clockText(now.value, language.value)}</time>;
}

/** Something that the page lives on cannot be read: why, and that what is seen may be old. */
export function Away() {
  if (away.value === null) return null;
  const { sinceMs, why } = away.value;
  return (
    <div class="away" role="status">
      <Sign state="stale" />
      <span>
        {say(why)} {say(WORDS.mayBeOld)} ({sinceText(sinceMs, Date.now(), language.value)}). {say(WORDS.triedAgain)}
      </span>
      <button type="button" class="button" onClick={askAgain}>
        {say(WORDS.retry)}
      </button>
    </div>
  );
}
