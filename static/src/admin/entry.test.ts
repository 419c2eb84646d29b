import { describe, expect, it } from "vitest";
import { changesOf, type Entry, fieldsOf, NEW, writtenOf } from "./entry";

const ENTRY: Entry = {
  id: "gate",
  name: "Gerbang",
  district: "Mariso",
  latitude: -5.1,
  longitude: 119.4,
  main_url: "rtsp://10.0.0.5/main?token=***",
  sub_url: null,
  max_sessions: 2,
  has_password: true,
  off: null,
  masks: 0,
  shown_on: [],
};

describe("a camera's form", () => {
  it("sends only what was written, and no address that was not touched", () => {
    const before = fieldsOf(ENTRY);
    expect(changesOf(before, before)).toEqual({});
    expect(changesOf(before, { ...before, name: "Pintu ", latitude: "-5,2", sub_url: "" })).toEqual({
      name: "Pintu",
      latitude: "-5.2",
    });
    expect(changesOf(before, { ...before, latitude: "", district: "" })).toEqual({ latitude: null, district: "" });
  });

  it("sends a password only where one was typed, and takes it away only where that was asked", () => {
    const before = fieldsOf(ENTRY);
    expect(before.password).toBe("");
    expect(changesOf(before, { ...before, password: "x" })).toEqual({ password: "x" });
    expect(changesOf(before, before, true)).toEqual({ username: null, password: null });
  });

  it("says of a new camera what is filled in", () => {
    const written = writtenOf({ ...NEW, id: "gate", name: "Gerbang" });
    expect(written).toEqual({ id: "gate", name: "Gerbang", transport: "tcp", max_sessions: "2", risk: "green" });
  });
});
