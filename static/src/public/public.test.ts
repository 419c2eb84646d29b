import { describe, expect, it } from "vitest";
import { type Camera, matching } from "./cameras";
import { placed } from "./places";
import { refusal, WayEnded, waysAfter } from "./ways";

const camera = (name: string, group: string): Camera => ({
  id: "0123456789abcdef",
  name,
  group,
  position: null,
  state: "available",
  text: null,
  until_ms: null,
  dark: false,
});

describe("the list", () => {
  const all = [camera("Simpang Lima", "Losari"), camera("Pantai", "Losari"), camera("Simpang Tiga", "Wajo")];
  it("is all of them where nothing is asked", () => expect(matching(all, "  ")).toEqual(all));
  it("has those that hold every word, in whatever order and case", () => {
    expect(matching(all, "losari SIMPANG")).toEqual([all[0]]);
    expect(matching(all, "simpang")).toEqual([all[0], all[2]]);
    expect(matching(all, "balai")).toEqual([]);
  });
});

describe("the ways", () => {
  it("go down one after the other, where nobody says otherwise", () => {
    expect(waysAfter("webrtc", new Error("no answer"))).toEqual(["hls", "still"]);
    expect(waysAfter("still", new Error("no answer"))).toEqual([]);
  });
  it("go where the server says, but never up again", () => {
    expect(waysAfter("webrtc", new WayEnded("full", null, "still"))).toEqual(["still"]);
    expect(waysAfter("hls", new WayEnded("full", null, "webrtc"))).toEqual(["still"]);
  });
  it("are told in the server's own words", async () => {
    const body = { detail: "Many are watching", detail_id: "Banyak yang menonton", next: "hls" };
    const ended = await refusal(new Response(JSON.stringify(body), { status: 503 }));
    expect([ended.said, ended.next]).toEqual([{ id: body.detail_id, en: body.detail }, "hls"]);
    expect((await refusal(new Response("gateway timeout", { status: 504 }))).said).toBeNull();
  });
});

describe("the map", () => {
  const at = { ...camera("Simpang Lima", "Losari"), position: [-5.148, 119.433] as const };
  it("has of a camera what the list has, where that says it is", () =>
    expect(placed(at)).toEqual({
      id: "0123456789abcdef",
      name: "Simpang Lima",
      tone: "good",
      district: "Losari",
      latitude: -5.148,
      longitude: 119.433,
    }));
  it("has no place for what has none, and says where there is no picture", () => {
    expect([placed(camera("Pantai", "")).latitude, placed(camera("Pantai", "")).longitude]).toEqual([null, null]);
    expect([placed({ ...at, dark: true }).tone, placed({ ...at, state: "cut_off" }).tone]).toEqual(["calm", "warn"]);
  });
});
