/** The list of cameras of the pages for people: search, tree and keys over thousands of them. */
import { type Signal, useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { type Counted, countedOf, FEW, type Listed, matching, type Row, rowAfterKey, rowsOf } from "./camera_rows";
import "./camera_list.css";
import { Sign } from "./sign";
import { rem, spanOf, thereIn, useBox } from "./virtual";

export interface ListWords {
  readonly list: string;
  readonly search: string;
  readonly loading: string;
  readonly none: string;
  readonly noMatch: string;
  readonly clearSearch: string;
  /** Of a group: how many of its cameras are in trouble. */
  readonly bad: string;
}

interface Properties<T extends Listed> {
  /** In the tree's order; null: not loaded yet. */
  readonly cameras: readonly T[] | null;
  readonly typed: Signal<string>;
  readonly words: ListWords;
  /** Lines that PageUp and PageDown go over. */
  readonly page: number;
  /** Of every line: its height in rem. */
  readonly line: number;
  /** Of a camera's line: its class, and what stands on it. */
  readonly rowClass: string;
  readonly children: (camera: T) => ComponentChildren;
  readonly isCurrent: (camera: T) => boolean;
  /** A click, or Enter. */
  readonly onChoose: (camera: T, by: "pointer" | "key") => void;
  /** The arrow keys came to it. */
  readonly onVisit?: (camera: T) => void;
  readonly onPointerDown?: (event: PointerEvent, camera: T) => void;
  readonly onMenu?: (event: MouseEvent, camera: T) => void;
}

export function CameraList<T extends Listed>(properties: Properties<T>) {
  const { cameras, typed, words } = properties;
  const toggled = useSignal<ReadonlySet<string>>(new Set());
  const active = useSignal<string | null>(null);
  const list = useRef<HTMLDivElement>(null);
  const rows = useMemo(() => {
    const known = cameras ?? [];
    const openAtFirst = known.length <= FEW || typed.value.trim() !== "";
    return rowsOf(matching(known, typed.value), (key) => openAtFirst !== toggled.value.has(key));
  }, [cameras, typed.value, toggled.value]);
  // What was folded by hand, and scrolled, was of another list.
  useEffect(
    () =>
      typed.subscribe(() => {
        toggled.value = new Set();
        list.current?.scrollTo(0, 0);
      }),
    [],
  );

  const toggle = (key: string): void => {
    const next = new Set(toggled.value);
    if (!next.delete(key)) next.add(key);
    toggled.value = next;
  };
  /** Scrolls as far as that line needs to be seen. */
  const reveal = (at: number): void => {
    const element = list.current;
    if (!element) return;
    const line = lineOf(properties);
    if (at * line < element.scrollTop) element.scrollTop = at * line;
    else if ((at + 1) * line > element.scrollTop + element.clientHeight) element.scrollTop = (at + 1) * line - element.clientHeight;
  };
  const go = (to: number): void => {
    const row = rows[to];
    if (!row) return;
    active.value = row.key;
    reveal(to);
    if (row.kind === "camera") properties.onVisit?.(row.camera);
  };
  const enter = (event: KeyboardEvent): void => {
    if (event.key !== "ArrowDown" && event.key !== "Enter") return;
    event.preventDefault();
    go(Math.max(0, rows.findIndex(({ kind }) => kind === "camera")));
    list.current?.focus();
  };
  return (
    <>
      <div class="cl-search">
        <label class="visually-hidden" for="search">
          {words.search}
        </label>
        <input
          id="search"
          class="field"
          type="search"
          autocomplete="off"
          placeholder={words.search}
          value={typed.value}
          onInput={(event) => {
            typed.value = event.currentTarget.value;
          }}
          onKeyDown={enter}
        />
      </div>
      {cameras === null && <p class="sentence">{words.loading}</p>}
      {cameras?.length === 0 && <p class="sentence">{words.none}</p>}
      {cameras !== null && cameras.length > 0 && rows.length === 0 && (
        <div class="sentence">
          <p>{words.noMatch}</p>
          <button
            type="button"
            class="button"
            onClick={() => {
              typed.value = "";
            }}
          >
            {words.clearSearch}
          </button>
        </div>
      )}
      {rows.length > 0 && <Lines {...properties} rows={rows} active={active} {...{ toggle, go, reveal }} list={list} />}
    </>
  );
}

function Lines<T extends Listed>(
  properties: Properties<T> & {
    rows: readonly Row<T>[];
    active: Signal<string | null>;
    toggle: (key: string) => void;
    go: (to: number) => void;
    reveal: (at: number) => void;
    list: { current: HTMLDivElement | null };
  },
) {
  const { rows, active, toggle, go, reveal, list, page, words } = properties;
  const { scrolled, height } = useBox(list);
  const line = lineOf(properties);
  const counted = useMemo(() => countedOf(rows), [rows]);
  const at = rows.findIndex(({ key }) => key === active.value);
  // The active one wherever it is: the keys are there, and a screen reader.
  const there = thereIn(rows, spanOf(scrolled, height, line, rows.length), at);

  const onKey = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    // One that is held since it led here from the search chooses nothing.
    if (event.repeat && event.key === "Enter") return;
    const row = rows[at];
    const folds = row?.kind === "group" && (event.key === "Enter" || event.key === (row.open ? "ArrowLeft" : "ArrowRight"));
    const to = folds ? undefined : rowAfterKey(rows, at, event.key === "ArrowRight" ? "ArrowDown" : event.key, page);
    if (folds) toggle(row.key);
    else if (event.key === "Enter" && row?.kind === "camera") properties.onChoose(row.camera, "key");
    else if (to === null) document.querySelector<HTMLElement>("#search")?.focus();
    else if (to !== undefined) go(to);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  /** By a key it comes to what has the focus, and is meant for the active line. */
  const onMenu = (event: MouseEvent): void => {
    if (event.target !== event.currentTarget || event.button === 2 || at < 0 || !properties.onMenu) return;
    event.preventDefault();
    reveal(at);
    document.getElementById(idOf(active.value))?.dispatchEvent(new MouseEvent("contextmenu", { cancelable: true }));
  };
  const onFocus = (event: FocusEvent): void => {
    // Not by the pointer, from under which the line that it pressed would go.
    const isByKey = (event.currentTarget as HTMLElement).matches(":focus-visible");
    if (isByKey && !rows.some(({ key }) => key === active.value)) go(0);
  };
  return (
    <div
      ref={list}
      class="cl-rows"
      role="tree"
      tabIndex={0}
      aria-label={words.list}
      aria-activedescendant={at >= 0 ? idOf(active.value) : undefined}
      onKeyDown={onKey}
      onFocus={onFocus}
      onContextMenu={onMenu}
    >
      <div class="cl-all" role="presentation" style={{ height: `${rows.length * line}px` }}>
        {there.map(({ row, index }) => (
          <Line
            {...properties}
            key={row.key}
            row={row}
            counted={counted[index]}
            isActive={row.key === active.value}
            place={{ top: `${index * line}px`, height: `${line}px` }}
            onClick={() => {
              active.value = row.key;
              if (row.kind === "group") toggle(row.key);
              else properties.onChoose(row.camera, "pointer");
            }}
          />
        ))}
      </div>
    </div>
  );
}

function Line<T extends Listed>(
  properties: Properties<T> & {
    row: Row<T>;
    counted: Counted | undefined;
    isActive: boolean;
    place: { top: string; height: string };
    onClick: () => void;
  },
) {
  const { row, counted, isActive, place, onClick } = properties;
  return (
    <div
      id={idOf(row.key)}
      role="treeitem"
      aria-level={row.level}
      aria-posinset={counted?.at}
      aria-setsize={counted?.siblings.count}
      aria-expanded={row.kind === "group" ? row.open : undefined}
      aria-selected={row.kind === "camera" ? properties.isCurrent(row.camera) : undefined}
      class={`cl-row${isActive ? " active" : ""} ${row.kind === "group" ? "cl-group" : properties.rowClass}`}
      style={{ ...place, "--level": row.level }}
      onPointerDown={(event) => row.kind === "camera" && properties.onPointerDown?.(event, row.camera)}
      onContextMenu={(event) => row.kind === "camera" && properties.onMenu?.(event, row.camera)}
      onClick={onClick}
    >
      {row.kind === "group" ? <Group row={row} words={properties.words} /> : properties.children(row.camera)}
    </div>
  );
}

function Group({ row, words }: { row: Extract<Row<Listed>, { kind: "group" }>; words: ListWords }) {
  return (
    <>
      <svg class="cl-fold" viewBox="0 0 10 10" aria-hidden="true">
        <path d={row.open ? "M1.5 3.5 5 7l3.5-3.5" : "M3.5 1.5 7 5 3.5 8.5"} />
      </svg>
      <span class="cl-name">{row.name}</span>
      {row.bad > 0 && (
        <span class="cl-bad" title={`${row.bad} ${words.bad}`}>
          <Sign state="unreachable" title={words.bad} />
          {row.bad}
        </span>
      )}
      <span class="cl-count">{row.count}</span>
    </>
  );
}

/** The height of a line in pixels. */
function lineOf({ line }: { readonly line: number }): number {
  return Math.round(line * rem());
}

function idOf(key: string | null): string {
  return `row-${encodeURIComponent(key ?? "")}`;
}
