import { describe, expect, it } from "vitest";
import { Backoff, delay } from "./backoff";
import { inBoth, languageOf } from "./language";
import { STATES, signPath, stateName, stateSentence, toneOf } from "./states";
import { ageText, clockText, fileTime, shortSinceText, sinceText } from "./time";

describe("states in words", () => {
  it("takes the server's cause, in the language that is read", () => {
    const facts = {
      state: "refused" as const,
      since_ms: null,
      cause_id: "Kata sandi salah.",
      cause_en: "Wrong password.",
      last_picture_ms: null,
      visited: false,
      seen_ms: null,
    };
    expect(stateSentence("refused", facts, "id")).toBe("Kata sandi salah.");
    expect(stateSentence("refused", facts, "en")).toBe("Wrong password.");
  });

  it("has a sentence of its own where the server has none, or means another state", () => {
    expect(stateSentence("unreachable", undefined, "id")).toBe("Kamera tidak menjawab.");
    const live = { state: "live" as const, since_ms: 1, cause_id: "Baik.", cause_en: "Fine.", last_picture_ms: 1, visited: false, seen_ms: null };
    expect(stateSentence("stale", live, "en")).toBe("New pictures do not arrive.");
  });

  it("has a name in both languages, a shape and a tone for each", () => {
    for (const state of STATES) {
      expect(stateName(state, "id")).not.toBe("");
      expect(stateName(state, "en")).not.toBe("");
      expect(signPath(state)).toMatch(/^M/);
      expect(["good", "warn", "bad", "calm"]).toContain(toneOf(state));
    }
  });

  it("never tells two tones apart by colour alone", () => {
    const tones = new Map<string, string>();
    for (const state of STATES) {
      const shape = signPath(state);
      expect(tones.get(shape) ?? toneOf(state)).toBe(toneOf(state));
      tones.set(shape, toneOf(state));
    }
  });
});

describe("the site's clock", () => {
  const NOON = Date.UTC(2026, 10, 21, 4, 5); // 12.05 in Makassar

  it("is WITA, with the day in front if that is another one", () => {
    expect(sinceText(NOON, NOON + 60_000, "id")).toBe("sejak 12.05 WITA");
    expect(sinceText(NOON, NOON + 86_400_000, "id")).toBe("sejak 21 Nov 12.05 WITA");
    expect(sinceText(NOON, NOON, "en")).toBe("since 12:05 WITA");
    expect(shortSinceText(NOON, NOON, "id")).toBe("sejak 12.05");
  });
});

describe("times of a picture", () => {
  it("are of the site's clock, to the second, and sort as names of files", () => {
    const at = Date.UTC(2026, 10, 20, 16, 5, 9);
    expect([clockText(at, "id"), clockText(at, "en"), fileTime(at)]).toEqual(["00.05.09 WITA", "00:05:09 WITA", "20261121-000509-WITA"]);
  });

  it("are so long ago", () => {
    expect([0, 89_000, 90_000, 7_200_000, 200_000_000].map((ms) => ageText(ms, "id"))).toEqual(["0 dtk", "89 dtk", "2 mnt", "2 jam", "2 hari"]);
    expect(ageText(3000, "en")).toBe("3 s");
  });
});

it("is Indonesian unless somebody asks for English", () => {
  expect(languageOf("", null)).toBe("id");
  expect(languageOf("?lang=en", "id")).toBe("en");
  expect(languageOf("", "en")).toBe("en");
  expect(languageOf("?lang=fr", null)).toBe("id");
});

describe("waiting between attempts", () => {
  it("doubles up to its cap, within its upper half, and begins anew after a success", () => {
    const longest = new Backoff(500, 3000, () => 1);
    expect([longest.next(), longest.next(), longest.next(), longest.next(), longest.next()]).toEqual([
      500, 1000, 2000, 3000, 3000,
    ]);
    expect(longest.failures).toBe(5);
    longest.reset();
    expect(longest.next()).toBe(500);
    expect(new Backoff(500, 3000, () => 0).next()).toBe(250);
  });

  it("ends at once when it is called off", async () => {
    const ended = new AbortController();
    const waiting = delay(60_000, ended.signal);
    ended.abort(new Error("called off"));
    await expect(waiting).rejects.toThrow("called off");
    await expect(delay(60_000, ended.signal)).rejects.toThrow("called off");
  });
});

it("makes a text of words and names in both languages", () => {
  const scene = { id: "Adegan", en: "Scene" };
  expect(inBoth`${scene} ${3}: ${"Pasar \\ Sentral"}`).toEqual({ id: "Adegan 3: Pasar \\ Sentral", en: "Scene 3: Pasar \\ Sentral" });
});
