import { describe, expect, it } from "vitest";
import { leastHead, nameParts } from "./short_names";

describe("the parts of a name", () => {
  it("keep the end that tells it from its neighbours apart from what may give way", () => {
    expect(nameParts("Jl. Landak Baru · Titik 4")).toEqual(["Jl. Landak Baru", " · Titik", " 4"]);
    expect(nameParts("Pulau Barrang Lompo · Dermaga 1")).toEqual(["Pulau Barrang Lompo", " · Dermaga", " 1"]);
    expect(nameParts("Simpang Bawakaraeng Titik 12")).toEqual(["Simpang Bawakaraeng", " Titik", " 12"]);
    expect(nameParts("Posko Banjir Tallo")).toEqual(["Posko Banjir", "", " Tallo"]);
  });

  it("are one where there is no end that is short enough, or that is known to be the end", () => {
    for (const name of ["", "Tallo", "Jl. Perintis Kemerdekaan", "جسر طريق 4", "Jl. \u202eA 4"]) expect(nameParts(name)).toEqual([name, "", ""]);
  });

  it("leave the beginning some room", () => {
    const long = "Simpang Lima Bandara Lama Sultan Hasanuddin · Arah Kota Makassar Utara 3";
    expect(nameParts(long)[2]).toBe(" 3");
    expect(nameParts(long)[1]).toBe("");
    expect(leastHead(long)).toBe("3em");
    expect(leastHead("A · Titik 4")).toBe("0.4em");
  });

  it("together are the name, whatever stands in it", () => {
    for (const name of ["a  b\t c 3", "· Titik 4", " · 4", "x\n\ny 1", "Jl. A · · 2"]) expect(nameParts(name).join("")).toBe(name);
  });
});
