import "../shared/in_a_browser";
import { expect, it } from "vitest";
import { delayed, sentenceOf, WAY_WORDS, WORDS } from "./words";

const WELL = { dark: false, delayS: 0, moves: true };

it("calls live what comes as it is taken, and nothing that is late on purpose, has stopped, or is a still", () => {
  expect(sentenceOf("webrtc", WELL)).toEqual({ said: WAY_WORDS.webrtc, live: true });
  expect(sentenceOf("hls", WELL)).toEqual({ said: WAY_WORDS.hls, live: true });
  expect(sentenceOf("still", WELL)).toEqual({ said: WAY_WORDS.still, live: false });
  for (const way of ["webrtc", "hls"] as const) {
    expect(sentenceOf(way, { ...WELL, delayS: 10 })).toEqual({ said: delayed(10), live: false });
    expect(sentenceOf(way, { ...WELL, moves: false })).toEqual({ said: WORDS.stopped, live: false });
    expect(sentenceOf(way, { dark: true, delayS: 10, moves: false })).toEqual({ said: WORDS.away, live: false });
  }
});
