/** The screen of a display that nobody has paired yet, and what is kept of the pairing. */
import { Backoff, delay } from "../shared/backoff";
import type { Language } from "../shared/language";
import type { MediaAccess } from "./media";
import { WORDS } from "./words";

const KEPT = "wallserver.display";
const POLL_MS = 2000;

/** The pairing kept in this browser, or the one that the address brought: `#display=ID&token=…`, for a kiosk's start. */
export function keptAccess(): MediaAccess | null {
  const brought = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
  if (isAccess(brought)) {
    localStorage.setItem(KEPT, JSON.stringify({ token: brought.token, display: brought.display }));
    history.replaceState(null, "", location.pathname + location.search); // nobody shall read it off the screen
  }
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEPT) ?? "null");
    return isAccess(kept) ? kept : null;
  } catch {
    return null;
  }
}

export function forgetAccess(): void {
  localStorage.removeItem(KEPT);
}

function isAccess(value: unknown): value is MediaAccess {
  const { token, display } = (value ?? {}) as Record<string, unknown>;
  return typeof token === "string" && typeof display === "string";
}

/** Shows codes until somebody types one into a console. Resolves with the pairing, already kept. */
export async function pair(body: HTMLElement, language: Language, signal: AbortSignal): Promise<MediaAccess> {
  for (;;) {
    const access = await pairByOneCode(body, language, signal);
    if (access) return access;
  }
}

/** The same with one code; null: nobody typed it while it was good. */
export async function pairByOneCode(body: HTMLElement, language: Language, signal: AbortSignal): Promise<MediaAccess | null> {
  const screen = document.createElement("main");
  screen.className = "notice";
  body.replaceChildren(screen);
  const backoff = new Backoff(1000, 10_000);
  for (;;) {
    try {
      const { code, secret } = await newCode(signal);
      backoff.reset();
      showCode(screen, code, language);
      const access = await answered(code, secret, signal);
      if (access) localStorage.setItem(KEPT, JSON.stringify(access));
      return access;
    } catch (error) {
      if (signal.aborted) throw error;
      showNotice(screen, WORDS.noServer[language], WORDS.comesBack[language]);
      await delay(backoff.next(), signal);
    }
  }
}

async function newCode(signal: AbortSignal): Promise<{ code: string; secret: string }> {
  const response = await fetch("/api/pairing", { method: "POST", signal });
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  return (await response.json()) as { code: string; secret: string };
}

/** Asks until the code was typed; null: the code is no longer good. */
async function answered(code: string, secret: string, signal: AbortSignal): Promise<MediaAccess | null> {
  for (;;) {
    await delay(POLL_MS, signal);
    const response = await fetch(`/api/pairing/${encodeURIComponent(code)}`, {
      headers: { Authorization: `Bearer ${secret}` },
      signal,
    });
    if (response.status === 404 || response.status === 410) return null;
    if (!response.ok) throw new Error(`the server answered ${response.status}`);
    const answer: unknown = await response.json();
    if (isAccess(answer)) return { token: answer.token, display: answer.display };
  }
}

function showCode(screen: HTMLElement, code: string, language: Language): void {
  const half = Math.ceil(code.length / 2);
  const sign = line("p", "code", "");
  sign.setAttribute("aria-label", code);
  sign.append(line("span", "", code.slice(0, half)), line("span", "", code.slice(half)));
  const where = line("p", "notice-quiet", `${WORDS.pairAt[language]}: `);
  where.append(line("b", "", `${location.host}/console`));
  screen.replaceChildren(
    line("p", "notice-kicker", WORDS.pairTitle[language]),
    sign,
    line("p", "notice-text", WORDS.pairHow[language]),
    where,
  );
}

/** A whole screen of one sentence and what happens next. */
export function showNotice(screen: HTMLElement, text: string, next: string): void {
  screen.replaceChildren(line("p", "notice-text", text), line("p", "notice-quiet", next));
}

function line(tag: string, className: string, text: string): HTMLElement {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}
