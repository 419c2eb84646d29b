/** Keys of the page. */
import { NO_FILTER } from "./filters";
import { filter, helping, TABS } from "./store";

export function onPageKey(event: KeyboardEvent): void {
  const { key, target } = event;
  if (event.ctrlKey || event.altKey || event.metaKey || document.querySelector("dialog[open]")) return;
  if (target instanceof HTMLSelectElement) return;
  const typing = target instanceof HTMLInputElement;
  if (key === "Escape") back(typing);
  else if (key === "ArrowDown" && typing) toList();
  else if (typing || !onLetter(key)) return;
  event.preventDefault();
}

/** One step back: what was typed, then every filter. */
function back(typing: boolean): void {
  if (typing && filter.value.text !== "") filter.value = { ...filter.value, text: "" };
  else if (typing) toList();
  else filter.value = NO_FILTER;
}

function toList(): void {
  document.querySelector<HTMLElement>(".table-body, .sheet")?.focus();
}

/** Whether the key means something. */
function onLetter(key: string): boolean {
  const tab = TABS[Number(key) - 1];
  if (tab) location.hash = `#${tab}`;
  else if (key === "/") document.querySelector<HTMLInputElement>("#search")?.select();
  else if (key === "?") helping.value = true;
  else return false;
  return true;
}
