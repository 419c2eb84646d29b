import { describe, expect, it } from "vitest";
import { differing, formOf, linesOf, type Preview } from "./import_lines";

const name = { column: "name", before: "A", after: "B", secret: false };
const password = { column: "password", before: null, after: null, secret: true };
const planned = (camera: string, fields: Preview["changed"][number]["fields"] = []) => ({
  row: 2,
  camera,
  name: camera,
  place: "",
  fields,
});
const PREVIEW: Preview = {
  digest: "1.a",
  added: [planned("new")],
  changed: [planned("gate", [name, password])],
  unchanged: 3,
  errors: [],
  left_out: [],
  left_out_count: 0,
  error_count: 0,
};

describe("a preview", () => {
  it("has a line for each new camera and for each changed column", () => {
    expect(linesOf(PREVIEW).map(({ key, isFirst }) => [key, isFirst])).toEqual([
      ["new", true],
      ["gate name", true],
      ["gate password", false],
    ]);
  });

  it("tells which cameras something else would be done to by now", () => {
    const now: Preview = { ...PREVIEW, added: [], changed: [planned("gate", [name]), planned("tide", [name])] };
    expect(differing(PREVIEW, PREVIEW)).toEqual(new Set());
    expect(differing(PREVIEW, now)).toEqual(new Set(["new", "gate", "tide"]));
  });
});

describe("a file's name", () => {
  it("says how it is read", () => {
    expect(["a.csv", "a.YML", "b.yaml", "cameras"].map(formOf)).toEqual(["csv", "yaml", "yaml", "csv"]);
  });
});
