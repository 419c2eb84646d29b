/**
 * For tests of what pages know and do: what that needs of a browser (here on the page `/walls/w`), and a server that
 * answers when and what the test says. A test imports it before all that is of a page.
 */
import { vi } from "vitest";

/** A request that waits for its answer. */
export class Asked {
  constructor(
    /** "POST /api/walls/w/commands", say. */
    readonly what: string,
    readonly body: unknown,
    readonly headers: Headers,
    readonly settle: (answer: Response | Error) => void,
  ) {}

  answer(json: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): void {
    this.settle(Response.json(json, { status, headers }));
  }

  /** The connection breaks. */
  lose(): void {
    this.settle(new TypeError("network"));
  }

  /** The connection breaks when so much of the answer has come. */
  breakOff(begun: string): void {
    let sent = false;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (sent) controller.error(new TypeError("network"));
        else controller.enqueue(new TextEncoder().encode(begun));
        sent = true;
      },
    });
    this.settle(new Response(body));
  }
}

const open: Asked[] = [];

function fetchFromTest(path: string, init: RequestInit = {}): Promise<Response> {
  const body: unknown = typeof init.body === "string" ? JSON.parse(init.body) : undefined;
  return new Promise((resolve, reject) => {
    const asked = new Asked(`${init.method ?? "GET"} ${path}`, body, new Headers(init.headers), (answer) => {
      open.splice(open.indexOf(asked), 1);
      if (answer instanceof Error) reject(answer);
      else resolve(answer);
    });
    open.push(asked);
  });
}

vi.stubGlobal("window", globalThis);
vi.stubGlobal("document", Object.assign(new EventTarget(), { hidden: false, documentElement: { dataset: {} } }));
vi.stubGlobal("location", new URL("http://wall/walls/w"));
vi.stubGlobal("localStorage", { getItem: () => null });
vi.stubGlobal("fetch", fetchFromTest);

/** The oldest request that begins so and waits, also one that is yet to come. */
export function asks(what: string): Promise<Asked> {
  return eventually(() => {
    const found = open.find((one) => one.what.startsWith(what));
    if (!found) throw new Error(`nobody asks ${what}, but: ${open.map((one) => one.what).join(", ")}`);
    return found;
  });
}

/** How many requests that begin so wait. */
export function waitingFor(what: string): number {
  return open.filter((one) => one.what.startsWith(what)).length;
}

/** What this gives once it no longer throws. */
export function eventually<T>(look: () => T): Promise<T> {
  return vi.waitFor(look, { timeout: 4000, interval: 2 });
}
