/** Names where there is little room: what is left out stands in the middle, for a name's end tells it from its neighbours. */
import "./short_name.css";

/**
 * A name in what gives way first, what gives way then, and what stays: "Jl. Landak Baru", " · Titik", " 4". Together
 * they are the name. Its spaces stay in it, by which it is read and copied as one.
 */
export type NameParts = readonly [head: string, middle: string, end: string];

/** Longer than that, an end would leave nothing of the beginning. */
const LONGEST_END = 10;
const LONGEST_MIDDLE = 14;
/** The order of what is written from right to left is the browser's to find out, in one piece. */
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

export function nameParts(name: string): NameParts {
  const last = /^(.*\S)(\s+\S+)$/su.exec(name);
  const [, rest = "", end = ""] = last ?? [];
  if (rest === "" || end.trim().length > LONGEST_END || RIGHT_TO_LEFT.test(name)) return [name, "", ""];
  // "· Titik 4", and "Titik 4" without a dot: a number alone says little.
  const kind = /^(.*[^\s·])(\s+·\s*.*)$/su.exec(rest) ?? (/\d/.test(end) ? /^(.*\S)(\s+\S+)$/su.exec(rest) : null);
  const [, head = rest, middle = ""] = kind ?? [];
  return middle.length > LONGEST_MIDDLE ? [rest, "", end] : [head, middle, end];
}

/** The parts with their classes, without those that are empty. */
export function namedParts(name: string): readonly (readonly [className: string, text: string])[] {
  const [head, middle, end] = nameParts(name);
  return ([["name-head", head], ["name-middle", middle], ["name-end", end]] as const).filter(([, text]) => text !== "");
}

/** How much of its beginning a name keeps as long as it can, in `em`: about five letters, or all of a short one. */
export function leastHead(name: string): string {
  return `${Math.min(3, nameParts(name)[0].length * 0.4)}em`;
}

/** Fills an element with a name, for pages without a framework. */
export function putName(element: HTMLElement, name: string): void {
  element.classList.add("short-name");
  element.style.setProperty("--least-head", leastHead(name));
  element.replaceChildren(
    ...namedParts(name).map(([className, text]) => {
      const part = document.createElement("span");
      part.className = className;
      part.textContent = text;
      return part;
    }),
  );
}
