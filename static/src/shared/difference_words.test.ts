import { expect, it } from "vitest";
import { changeText } from "./difference_words";
import { aCell, showing } from "./samples";

const name = ({ content }: ReturnType<typeof aCell>): string => (content.type === "camera" ? content.camera : "kosong");
const [before, after] = [aCell("c1", 0, 0, 1, 1, showing("a")), aCell("c1", 0, 0, 1, 1, showing("b"))];

it("names what a cell showed and shows, and what else became of it", () => {
  const at = { display: "d", cell: "c1" };
  expect(changeText({ ...at, kinds: ["content", "moved"], before, after }, name, "id")).toBe("a → b, dipindah");
  expect(changeText({ ...at, kinds: ["removed"], before, after: null }, name, "en")).toBe("cell removed, a");
  expect(changeText({ ...at, kinds: ["added"], before: null, after: aCell("c1", 0, 0, 1, 1) }, name, "id")).toBe("sel baru");
});
