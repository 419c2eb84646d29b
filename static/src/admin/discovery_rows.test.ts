import { expect, it } from "vitest";
import { allChosen, canBeAdded, changed, draftOf, profileText, type Row, wanted } from "./discovery_rows";

const GATE: Row = {
  key: "10.0.0.5/0",
  name: "Gerbang",
  make: "Acme",
  address: "10.0.0.5",
  service: "http://10.0.0.5/onvif/device_service",
  known: null,
  id: "cam-10-0-0-5",
  main: "a",
  sub: "b",
  profiles: [],
  remarks: [],
};
const KNOWN: Row = { ...GATE, key: "10.0.0.6/0", known: "pasar" };
const CLOSED: Row = { ...GATE, key: "10.0.0.7/0", id: null, main: null, sub: null };

it("offers what the catalogue has not, and of which a picture can be had", () => {
  expect([GATE, KNOWN, CLOSED].map(canBeAdded)).toEqual([true, false, false]);
  expect(wanted(allChosen(new Map(), [GATE, KNOWN, CLOSED], true), [GATE, KNOWN, CLOSED])).toHaveLength(1);
});

it("takes what was written in a row, which chooses it, and nothing of those that are not chosen", () => {
  const written = changed(changed(new Map(), GATE, { id: " gerbang " }), GATE, { sub: "" });
  expect(wanted(written, [GATE])).toEqual([{ key: GATE.key, id: "gerbang", name: "Gerbang", main: "a", sub: null }]);
  expect(wanted(changed(written, GATE, { chosen: false }), [GATE])).toEqual([]);
  expect(draftOf(new Map(), GATE).chosen).toBe(false);
});

it("says of a profile what is known of it", () => {
  expect(profileText({ token: "a", codec: "H265", width: 1920, height: 1080, fps: 12.5 })).toBe("H.265 1920×1080, 12.5 fps");
  expect(profileText({ token: "a", codec: "H264", width: 0, height: 0, fps: 0 })).toBe("H.264");
});
