import "./in_a_browser";
import { expect, it } from "vitest";
import { SHORTCUTS as CONSOLE } from "../console/words";
import { SHORTCUTS as EDITOR } from "../editor/words";
import { SHORTCUTS as STATUS } from "../status/words";
import { SHORTCUTS as WALL } from "../wall/words";
import type { Shortcut } from "./keys_help";

/** What is written on keyboards everywhere. */
const SAME = /^(Ctrl|Shift|Alt|Enter|Del|Esc|PgUp|PgDn|[A-Z0-9←↑→↓+−/?,.…–\s])+$/;

it("calls keys in each language as their keyboards do", () => {
  const all: readonly Shortcut[] = [...CONSOLE, ...EDITOR, ...STATUS, ...WALL];
  const one = all.flatMap(({ keys }) => (typeof keys === "string" ? [keys] : []));
  expect(one.filter((keys) => !SAME.test(keys))).toEqual([]);
  const two = all.flatMap(({ keys }) => (typeof keys === "string" ? [] : [keys]));
  expect(two.filter(({ id, en }) => /klik|Spasi/.test(en) || /click|Space/.test(id))).toEqual([]);
});
