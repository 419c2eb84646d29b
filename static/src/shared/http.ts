/** The server's API for people who signed in (session cookie). */

/** The server refused, or could not; `status` 0: it did not answer at all. */
export class HttpError extends Error {
  constructor(
    readonly status: number,
    message: string,
    /** The answer's JSON, where it had one. */
    readonly body: Readonly<Record<string, unknown>>,
  ) {
    super(message);
  }
}

/**
 * Where somebody has to go first whose request got this answer: to sign in, or to choose a password of their own; null
 * where neither is the matter.
 */
export function firstGoTo(error: unknown): string | null {
  if (!(error instanceof HttpError)) return null;
  if (error.status === 401) return "/login";
  return error.status === 403 && error.body.must_change_password === true ? "/login#password" : null;
}

const ANSWER_MS = 10_000;
const NO_ANSWER = "no answer";

/**
 * Asks, and gives the answer's JSON (undefined for an empty one). Throws HttpError, of status 0 also where the answer
 * breaks off. `withinMs`: how long it may take.
 */
export async function ask<T>(path: string, method = "GET", body?: unknown, withinMs = ANSWER_MS): Promise<T> {
  const init: RequestInit = {
    method,
    // What changes something must come from our own pages; a form of another site cannot set this.
    headers: { "X-Wallserver": "1", ...(body === undefined ? {} : { "Content-Type": "application/json" }) },
    signal: AbortSignal.timeout(withinMs),
  };
  if (body !== undefined) init.body = JSON.stringify(body);
  let response: Response;
  let text: string;
  try {
    response = await fetch(path, init);
    text = await response.text();
  } catch {
    throw new HttpError(0, NO_ANSWER, {});
  }
  const answer = jsonIn(text);
  // A page of somebody who stands between: what the server said, nobody knows.
  if (response.ok && answer === undefined && text !== "") throw new HttpError(0, NO_ANSWER, {});
  if (response.ok) return answer as T;
  const said = typeof answer === "object" && answer !== null ? (answer as Record<string, unknown>) : {};
  const message = typeof said.error === "string" ? said.error : `${response.status}`;
  throw new HttpError(response.status, message, said);
}

/** Undefined where there is none. */
function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
