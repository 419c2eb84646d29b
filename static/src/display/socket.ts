/** The WebSocket to control: plans and states come in, what was drawn goes out. Comes back for ever. */
import { Backoff, delay } from "../shared/backoff";
import type { Machine } from "./machine";
import { parseServerMessage, type ServerMessage } from "./plan";

/** The server says something every 2 s: three times nothing, and the socket is taken for dead. */
const SILENCE_MS = 6000;

/** The server's close code for a token that it does not take. */
const REFUSED = 4401;

/** One refusal may be a server that is just starting; so many in a row are meant. */
const REFUSALS = 3;

export interface SocketEvents {
  readonly onMessage: (message: ServerMessage) => void;
  /** The server no longer knows this display. */
  readonly onRefused: () => void;
}

export class ControlSocket {
  #socket: WebSocket | null = null;
  #planned = false;
  readonly #backoff = new Backoff(500, 8_000);

  constructor(
    private readonly token: string,
    private readonly events: SocketEvents,
    /** The media session, so that a control that was restarted knows whose slots it rearranges. */
    private readonly session: () => string | null,
    private readonly machine: Machine,
    private readonly signal: AbortSignal,
  ) {}

  get open(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  /** Is there a server, and has it said on this connection what it wants? */
  get inTouch(): boolean {
    return this.open && this.#planned;
  }

  /** Sends if there is a connection; what is said here is only worth something at once. */
  send(message: Readonly<Record<string, unknown>>): boolean {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  /** Connects again and again until the signal. */
  async run(): Promise<void> {
    let refusals = 0;
    while (!this.signal.aborted) {
      const code = await this.#once();
      this.#socket = null;
      refusals = code === REFUSED ? refusals + 1 : 0;
      if (this.signal.aborted) return;
      if (refusals >= REFUSALS) {
        this.events.onRefused();
        return;
      }
      await delay(this.#backoff.next(), this.signal).catch(() => undefined);
    }
  }

  /** One connection, from opening to end. Resolves with its close code. */
  #once(): Promise<number> {
    return new Promise((resolve) => {
      const scheme = location.protocol === "https:" ? "wss" : "ws";
      const socket = new WebSocket(`${scheme}://${location.host}/ws/display`);
      const ended = new AbortController();
      const { signal } = ended;
      let silence = 0;
      const end = (code: number): void => {
        clearTimeout(silence);
        ended.abort();
        socket.close();
        resolve(code);
      };
      const heard = (): void => {
        clearTimeout(silence);
        silence = window.setTimeout(() => end(1006), SILENCE_MS);
      };
      heard();
      this.#socket = socket;
      this.#planned = false;
      this.signal.addEventListener("abort", () => end(1000), { signal });
      socket.addEventListener("close", ({ code }) => end(code), { signal });
      const hello = { t: "hello", token: this.token, machine: this.machine };
      socket.addEventListener("open", () => this.send({ ...hello, session: this.session() }), { signal });
      socket.addEventListener("message", ({ data }) => this.#receive(data, heard), { signal });
    });
  }

  #receive(data: unknown, heard: () => void): void {
    heard();
    const message = typeof data === "string" ? parseServerMessage(data) : null;
    if (!message) return;
    // Only a plan proves that this server takes this display; then it is not held against it that it was away.
    if (message.t === "plan") {
      this.#backoff.reset();
      this.#planned = true;
    }
    this.events.onMessage(message);
  }
}
