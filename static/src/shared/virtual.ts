/** Of thousands of rows only those that can be seen are elements. */
import type { RefObject } from "preact";
import { useEffect, useState } from "preact/hooks";

export interface Span {
  /** The first row that is there, and the one behind the last. */
  readonly first: number;
  readonly end: number;
}

const AROUND = 4;

/** The rows to be there; all in pixels, `count` of rows of one height. */
export function spanOf(scrolled: number, seen: number, height: number, count: number): Span {
  const first = Math.max(0, Math.floor(scrolled / height) - AROUND);
  const end = Math.min(count, Math.ceil((scrolled + seen) / height) + AROUND);
  return { first: Math.min(first, Math.max(0, count - 1)), end: Math.max(end, 0) };
}

/** The rows to be there, each with its number: those of the span, and `also`, wherever that is (-1: none). */
export function thereIn<T>(rows: readonly T[], { first, end }: Span, also: number): { row: T; index: number }[] {
  const seen = rows.slice(first, end).map((row, index) => ({ row, index: first + index }));
  const apart = also < first || also >= end ? rows.slice(Math.max(0, also), also + 1).map((row) => ({ row, index: also })) : [];
  return also < first ? [...apart, ...seen] : [...seen, ...apart];
}

/** Where a scrolled box is, and how large: kept up to date. */
export function useBox(box: RefObject<HTMLElement | null>): { scrolled: number; width: number; height: number } {
  const [place, setPlace] = useState({ scrolled: 0, width: 0, height: 0 });
  useEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const ended = new AbortController();
    const look = (): void =>
      setPlace({ scrolled: element.scrollTop, width: element.clientWidth, height: element.clientHeight });
    const resized = new ResizeObserver(look);
    resized.observe(element);
    element.addEventListener("scroll", look, { passive: true, signal: ended.signal });
    look();
    return () => {
      ended.abort();
      resized.disconnect();
    };
  }, []);
  return place;
}

/** A rem in pixels, as the page has it now. */
export function rem(): number {
  return Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
}
