import { asks, eventually } from "../shared/in_a_browser";
import { expect, it, vi } from "vitest";
import { pairByOneCode } from "./pairing";

class FakeElement {
  className = "";
  textContent = "";
  readonly append = vi.fn();
  readonly replaceChildren = vi.fn();
  readonly setAttribute = vi.fn();
}

it("ends with its code, so that one whom a server does not know can ask once more whether it does", async () => {
  vi.stubGlobal("document", { createElement: () => new FakeElement() });
  const kept = vi.fn();
  vi.stubGlobal("localStorage", { setItem: kept });
  const body = new FakeElement() as unknown as HTMLElement;
  const paired = pairByOneCode(body, "id", new AbortController().signal);
  (await asks("POST /api/pairing")).answer({ code: "ABCDEF", secret: "s" });
  (await eventually(() => asks("GET /api/pairing/ABCDEF"))).answer({}, 404);
  expect(await paired).toBeNull();
  expect(kept).not.toHaveBeenCalled();
});
