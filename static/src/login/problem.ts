import { HttpError } from "../shared/http";
import type { Said } from "../shared/language";
import { REASONS, tooMany, WORDS } from "./words";

/** What the server says is wrong, in words. What it does not explain is a wrong name or password. */
export function problemOf(error: unknown): Said {
  if (!(error instanceof HttpError)) throw error;
  if (error.status === 429) return tooMany(error.body.retry_after_s);
  if (error.status !== 401 && error.status !== 422) return WORDS.away;
  return REASONS[String(error.body.reason)] ?? WORDS.wrong;
}
