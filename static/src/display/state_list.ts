/** What of a list of cameras' states fits a panel, in letters that can be read across the room. Pure. */
import { STATES, type State, signedState, signPath } from "../shared/states";
import type { CameraListing, ListedCamera } from "./plan";

/** Of the panel, in pixels; `rem`: the page's letters. */
export interface PanelSize {
  readonly width: number;
  readonly height: number;
  readonly rem: number;
}

export interface ListFace {
  /** Pixels. All lines are LINE times as high. */
  readonly letters: number;
  readonly columns: number;
  /** In each column. */
  readonly lines: number;
  /** By sign, with a state that has it: two of the same would not be told apart. */
  readonly counts: readonly (readonly [State, number])[];
  /** The worst. What is wrong with one stands on a line of its own beneath its name. */
  readonly rows: readonly ListedCamera[];
  /** Of the same list, without a row. */
  readonly more: number;
}

/** Both in `em`; display.css has them too. */
export const LINE = 1.4;
const PADDING = 0.5;
/** In `rem`: capitals of 11 mm on a display of 55″, 9 to 10 minutes of arc from 4 m. */
const LETTERS = 1.5;
/** Of a panel's height, as far as LARGEST `rem`: of a large one people expect larger letters. */
const SHARE = 0.032;
const LARGEST = 2;
/** In `em`. Narrower, names would lose more than their middle. */
const COLUMN = 18;
const GAP = 1.5;
/** Of a count: its sign with the space behind it, a digit, and the space to the next. */
const SIGN = 1.55;
const DIGIT = 0.65;
const BETWEEN = 1.1;
/** Below the counts, at least: a camera with what is wrong, and how many there are besides. */
const FEWEST_LINES = 3;

/** `titles`: lines over the counts. `isAnswered`: the server says so now; if not, nothing is called live. */
export function listFace(list: CameraListing, size: PanelSize, titles: number, isAnswered = true): ListFace {
  const counts = countsBySign(list, isAnswered);
  const aboveWith = (letters: number) => linesOf(counts, widthOf(size, letters)) + titles;
  const wanted = Math.min(LARGEST * size.rem, Math.max(LETTERS * size.rem, SHARE * size.height));
  const letters = Math.min(wanted, size.height / ((aboveWith(wanted) + FEWEST_LINES) * LINE + 2 * PADDING));
  const columns = Math.max(1, Math.floor((widthOf(size, letters) + GAP) / (COLUMN + GAP)));
  // A hair more: what fits exactly shall not be lost to rounding.
  const lines = Math.floor((size.height / letters - 2 * PADDING) / LINE + 0.001) - aboveWith(letters);
  const all = counts.reduce((sum, [, count]) => sum + count, 0);
  const fit = fitting(list.cameras, columns, lines);
  const rows = fit.length < all ? fitting(list.cameras, columns, lines, 1) : fit;
  return { letters, columns, lines, counts, rows, more: all - rows.length };
}

/** Within its edges, in `em`. */
function widthOf({ width }: PanelSize, letters: number): number {
  return width / letters - 2 * PADDING;
}

function countsBySign({ counts }: CameraListing, isAnswered: boolean): ListFace["counts"] {
  const bySign = new Map<string, readonly [State, number]>();
  for (const state of STATES) {
    const signed = signedState(state, isAnswered);
    const [first, sum] = bySign.get(signPath(signed)) ?? [signed, 0];
    if (counts[state]) bySign.set(signPath(signed), [first, sum + counts[state]]);
  }
  return [...bySign.values()];
}

/** Live ones have no words: their sign says it, as in a cell. */
export function linesOfRow({ state }: ListedCamera): number {
  return state === "live" ? 1 : 2;
}

/** The first cameras that fit, column by column; so many `kept` lines of the last column are for something else. */
function fitting(cameras: readonly ListedCamera[], columns: number, lines: number, kept = 0): readonly ListedCamera[] {
  let [column, used] = [1, 0];
  for (const [at, camera] of cameras.entries()) {
    const needed = linesOfRow(camera);
    const room = () => lines - (column === columns ? kept : 0) - used;
    if (room() < needed && column < columns) [column, used] = [column + 1, 0];
    if (room() < needed) return cameras.slice(0, at);
    used += needed;
  }
  return cameras;
}

/** Lines of the counts, which go onto the next where they do not fit. */
function linesOf(counts: ListFace["counts"], width: number): number {
  let [lines, used] = [1, 0];
  for (const [, count] of counts) {
    const wide = SIGN + DIGIT * String(count).length;
    if (used > 0 && used + wide > width) [lines, used] = [lines + 1, 0];
    used += wide + BETWEEN;
  }
  return lines;
}
