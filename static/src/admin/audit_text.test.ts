import { describe, expect, it } from "vitest";
import { objectText, sideText } from "./audit_text";

const BEFORE = { id: "7", name: "siti", role: "viewer", scope: null, disabled: false, created_ms: 1 };

describe("an entry of the audit", () => {
  it("says what is another than on its other side", () => {
    const after = { ...BEFORE, role: "operator", scope: { walls: ["room"] } };
    expect(sideText(BEFORE, after)).toBe("role: viewer; scope: –");
    expect(sideText(after, BEFORE)).toBe('role: operator; scope: {"walls":["room"]}');
  });

  it("says all where there is one side, and counts what is long", () => {
    expect(sideText(BEFORE, null)).toBe("name: siti; role: viewer");
    expect(sideText(null, BEFORE)).toBe("");
    expect(sideText({ id: "7", label: "VLC", stream: null, made_ms: 1 }, null)).toBe("label: VLC");
    const points = Array.from({ length: 32 }, (_, at) => [at, at]);
    expect(sideText({ masks: points }, { masks: [] })).toBe("masks: 32 ×");
  });

  it("calls people by their names", () => {
    expect(objectText({ object: "7", before: BEFORE, after: null })).toBe("siti");
    expect(objectText({ object: "gate", before: { name: "Gerbang" }, after: null })).toBe("gate");
  });
});
