import "../shared/in_a_browser";
import { expect, it } from "vitest";
import { Liveness } from "../shared/liveness";
import { markOf, type Pictured } from "./mark";

const REFUSED = { id: "Terlalu sering.", en: "Too often." };
const NOTHING: Pictured = { state: "live", running: null, refusal: null, still: false, stillAgeMs: null };

function running(): Liveness {
  const pictures = new Liveness();
  for (let now = 0; now <= 500; now += 100) pictures.picture(now);
  return pictures;
}

it("calls no moving picture a still, also before the server knows of it", () => {
  const shown = { ...NOTHING, running: running(), still: true, stillAgeMs: 3000 };
  expect(markOf(shown, 500, "id").words).toBe("Langsung");
  expect(markOf({ ...shown, state: "connecting" }, 500, "id").words).toBe("Menyambung ke gambar langsung…");
  expect(markOf({ ...shown, state: "unreachable" }, 500, "id")).toMatchObject({ words: "Gambar lama", old: true });
});

it("shows a still that is not of now as a picture of before, of a camera that is away too", () => {
  const still = { ...NOTHING, still: true, stillAgeMs: 27_000 };
  expect(markOf(still, 0, "id")).toMatchObject({ words: "Gambar diam", age: " · 27 dtk yang lalu", old: true });
  expect(markOf({ ...still, state: "not_found" }, 0, "id").old).toBe(true);
  for (const stillAgeMs of [3000, null]) expect(markOf({ ...still, stillAgeMs }, 0, "id").old).toBe(false);
});

it("says why there is no video, whatever is shown in its place", () => {
  const shown = { ...NOTHING, refusal: REFUSED };
  expect(markOf(NOTHING, 0, "en").words).toBe("Connecting to the live picture…");
  expect(markOf(shown, 0, "en").words).toBe("Too often.");
  const still = markOf({ ...shown, still: true, stillAgeMs: 3000 }, 0, "id");
  expect([still.words, still.age]).toEqual(["Gambar diam", " · 3 dtk yang lalu · Terlalu sering."]);
  const old = markOf({ ...shown, running: running() }, 12_500, "en");
  expect([old.words, old.age]).toEqual(["Old picture", ", 12 s · Too often."]);
});
