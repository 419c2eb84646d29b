import { describe, expect, it } from "vitest";
import { cameraIn, streamsOf } from "./token_rows";

const CAMERAS = [
  { id: "gate", name: "Gerbang" },
  { id: "gate-2", name: "Gerbang Timur" },
];

describe("streams that a token is made for", () => {
  it("are the displays' mosaics and the cameras' main streams", () => {
    expect(streamsOf(CAMERAS, [{ id: "hall", name: "Aula" }])).toEqual([
      { stream: "mosaic.hall", name: "Aula" },
      { stream: "cam.gate.main", name: "Gerbang" },
      { stream: "cam.gate-2.main", name: "Gerbang Timur" },
    ]);
  });

  it("are called as their camera, where that is known", () => {
    expect(cameraIn("cam.gate-2.sub", CAMERAS)).toBe("Gerbang Timur");
    expect(cameraIn("cam.gone.main", CAMERAS)).toBeNull();
    expect(cameraIn("mosaic.gate", CAMERAS)).toBeNull();
  });
});
