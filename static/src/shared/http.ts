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

interface Answer<T> {
  /** Undefined for an empty answer. */
  readonly json: T;
  readonly headers: Headers;
}

/** As `answerTo`: the answer's JSON alone. */
export async function ask<T>(path: string, method = "GET", body?: unknown, withinMs = ANSWER_MS): Promise<T> {
  return (await answerTo<T>(path, method, body, withinMs)).json;
}

/**
 * Asks the server. Throws HttpError, of status 0 also where the answer breaks off. `withinMs`: how long it may take.
 */
export async function answerTo<T>(path: string, method = "GET", body?: unknown, withinMs = ANSWER_MS): Promise<Answer<T>> {
  const init: RequestInit = {
    method,
    headers: headersOf(method, body),
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
  if (response.ok) return { json: answer as T, headers: response.headers };
  const said = typeof answer === "object" && answer !== null ? (answer as Record<string, unknown>) : {};
  const message = typeof said.error === "string" ? said.error : `${response.status}`;
  throw new HttpError(response.status, message, said);
}

function headersOf(method: string, body: unknown): Record<string, string> {
  return {
    // What changes something must come from our own pages; a form of another site cannot set this. What only reads is
    // without it, as is what a page's HTML asks for beforehand, or that would be asked for twice.
    ...(method === "GET" ? {} : { "X-Wallserver": "1" }),
    ...(body === undefined ? {} : { "Content-Type": "application/json" }),
  };
}

/** Undefined where there is none. */
function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
