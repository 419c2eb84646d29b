import { useEffect } from "preact/hooks";
import { KeysHelp } from "../shared/keys_help";
import { Away, PageHead } from "../shared/page_head";
import { PAGE_WORDS } from "../shared/page_words";
import { say } from "../shared/session";
import { wallId } from "../shared/wall_place";
import { WALL_TABS, WallTabs } from "../shared/wall_tabs";
import type { Wall } from "../shared/walls";
import { Coverage } from "./coverage";
import { History } from "./history";
import { onHistoryKey } from "./past";
import { Schedule } from "./schedule";
import { helping, tab, tabOf, wall } from "./store";
import { SHORTCUTS, WORDS } from "./words";

export function App() {
  useKeys();
  const shown = wall.value;
  return (
    <>
      <PageHead title={shown?.name ?? say(WORDS.title)} onHelp={() => (helping.value = true)}>
        <WallTabs wall={wallId} here={tab.value} />
      </PageHead>
      <Away />
      <main>
        {shown ? <Part wall={shown} /> : <p class="sentence">{say(shown === null ? PAGE_WORDS.loading : WORDS.noWall)}</p>}
      </main>
      {helping.value && <KeysHelp keys={SHORTCUTS} onClose={() => (helping.value = false)} />}
    </>
  );
}

function Part({ wall: shown }: { wall: Wall }) {
  if (tab.value === "history") return <History wall={shown} />;
  return tab.value === "coverage" ? <Coverage wall={shown} /> : <Schedule wall={shown} />;
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

function onPageKey(event: KeyboardEvent): void {
  const { key, target } = event;
  if (event.ctrlKey || event.altKey || event.metaKey || document.querySelector("dialog[open]")) return;
  const typing = target instanceof HTMLInputElement && target.type !== "range";
  if (typing || target instanceof HTMLSelectElement || target instanceof HTMLTextAreaElement) return;
  const name = WALL_TABS[Number(key) - 1];
  if (name) location.hash = `#${name}`;
  else if (key === "?") helping.value = true;
  else if (tab.value !== "history" || !onHistoryKey(key)) return;
  event.preventDefault();
}
