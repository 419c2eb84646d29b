/** The context menu of a camera, or of a cell. */
import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { mayDo, say } from "../shared/session";
import { carry, shutAt } from "./carrying";
import { choose, enlarge, select, show } from "./desk";
import { aim, published } from "./public";
import { PUBLIC_WORDS } from "./public_words";
import { beginReplay } from "./replaying";
import { cameraName, wallOf } from "../shared/site";
import { type CellAddress, findCell } from "../shared/walls";
import { WORDS } from "./words";

interface Menu {
  readonly x: number;
  readonly y: number;
  readonly camera: string | null;
  readonly cell: CellAddress | null;
  readonly from: HTMLElement | null;
}

const menu = signal<Menu | null>(null);

/** Opens it at the pointer, or for a key at the element that has the focus; where there is something to be done. */
export function openMenu(event: MouseEvent, camera: string | null, cell: CellAddress | null): void {
  event.preventDefault();
  if (itemsOf(camera, cell).length === 0) return;
  const from = document.activeElement as HTMLElement | null;
  const area = (event.currentTarget as HTMLElement).getBoundingClientRect();
  const byKey = event.clientX === 0 && event.clientY === 0;
  menu.value = { x: byKey ? area.left + 8 : event.clientX, y: byKey ? area.top + 8 : event.clientY, camera, cell, from };
}

export function CameraMenu() {
  const open = menu.value;
  return open && <Opened key={`${open.x} ${open.y}`} open={open} />;
}

function Opened({ open }: { open: Menu }) {
  const element = useRef<HTMLDivElement>(null);
  const close = (back = true): void => {
    menu.value = null;
    if (back) open.from?.focus();
  };
  useEffect(() => {
    element.current?.querySelector<HTMLElement>("[role=menuitem]")?.focus();
    const ended = new AbortController();
    const outside = (event: Event): void => {
      if (!element.current?.contains(event.target as Node)) close(false);
    };
    for (const kind of ["pointerdown", "wheel"]) {
      window.addEventListener(kind, outside, { signal: ended.signal, capture: true });
    }
    for (const kind of ["blur", "resize"]) {
      window.addEventListener(kind, () => close(false), { signal: ended.signal });
    }
    return () => ended.abort();
  }, []);
  const { camera, cell } = open;
  const items = itemsOf(camera, cell);
  return (
    <div
      ref={element}
      class="menu"
      role="menu"
      aria-label={cameraName(camera) ?? say(WORDS.menu)}
      style={{ left: `min(${open.x}px, 100vw - 20.5rem)`, top: `min(${open.y}px, 100vh - ${items.length * 2.5 + 3}rem)` }}
      onKeyDown={(event) => onKey(event, close)}
    >
      {camera !== null && <p class="menu-title one-line">{cameraName(camera)}</p>}
      {items.map(([words, act]) => (
        <button
          key={words}
          type="button"
          role="menuitem"
          onClick={() => {
            close();
            act();
          }}
        >
          {words}
        </button>
      ))}
    </div>
  );
}

function itemsOf(camera: string | null, cell: CellAddress | null): [string, () => void][] {
  const items: [string, () => void][] = [];
  if (camera !== null) {
    items.push([say(WORDS.enlarge), () => enlarge(camera)]);
    if (mayDo("cameras.replay")) items.push([say(WORDS.replay), () => (choose(camera), void beginReplay(camera))]);
    if (mayDo("cells.arrange")) items.push([say(WORDS.putOnWall), () => (select(null), carry(camera))]);
    if (published(camera) && mayDo("public.cut")) {
      items.push([say(PUBLIC_WORDS.cutCamera), () => (aim.value = { kind: "camera", target: camera })]);
    }
  }
  if (cell !== null && canBeCleared(cell)) items.push([say(WORDS.clear), () => void show(null, cell)]);
  return items;
}

function canBeCleared(address: CellAddress): boolean {
  const found = findCell(wallOf(address.wall), address);
  return found !== null && found.cell.content.type !== "empty" && shutAt(address) === null && mayDo("cells.arrange");
}

function onKey(event: KeyboardEvent, close: () => void): void {
  const items = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>("[role=menuitem]")];
  const at = items.findIndex((item) => item === document.activeElement);
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) items[(at + step + items.length) % items.length]?.focus();
  else if (event.key === "Escape" || event.key === "Tab") close();
  else if (event.key !== "Enter" && event.key !== " ") return;
  event.stopPropagation();
  if (event.key !== "Enter" && event.key !== " ") event.preventDefault();
}
