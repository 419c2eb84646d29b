import { describe, expect, it } from "vitest";
import { EVERYWHERE, formOf, type Scope, scopeOf } from "./scope_form";

const SCOPE: Scope = {
  walls: ["room"],
  displays: { "room-1": null },
  cameras: { ids: ["gate"], groups: [{ district: "Mariso", place: "lorong" }, { district: "Wajo", place: "lorong" }] },
};

describe("a scope as a form", () => {
  it("comes back as it was", () => {
    for (const scope of [null, SCOPE, { walls: [], displays: null, cameras: null }]) {
      const form = formOf(scope);
      expect(form && scopeOf(form, "operator")).toEqual(scope);
    }
    const lorong: Scope = { walls: null, displays: null, cameras: { ids: [], groups: [{ district: null, place: "lorong" }] } };
    expect(scopeOf(formOf(lorong) ?? EVERYWHERE, "viewer")).toEqual(lorong);
  });

  it("is none where the scope says more", () => {
    expect(formOf({ displays: { "room-1": ["c1"] } })).toBeNull();
    expect(formOf({ cameras: { groups: [{ district: "Mariso", place: "road" }, { district: "Wajo" }] } })).toBeNull();
    expect(formOf({ cameras: { groups: [{ place: "road" }, { district: "Wajo", place: "road" }] } })).toBeNull();
  });

  it("gives viewers no displays, and nobody everything by leaving all out", () => {
    expect(scopeOf({ ...EVERYWHERE, displays: ["room-1"] }, "viewer")).toBeNull();
    expect(scopeOf({ ...EVERYWHERE, districts: [] }, "viewer")).toEqual({
      walls: null,
      displays: null,
      cameras: { ids: [], groups: [] },
    });
  });
});
