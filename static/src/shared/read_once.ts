/** What a page reads once, as it begins. */
import { ask, HttpError } from "./http";
import { failed, heard, leaveIfSignedOut } from "./session";

const AGAIN_MS = 3000;
/** Of the answers from 400 on: what may be another one the next time. */
const FOR_NOW = [408, 429];

/** Reads it, however often that has to be tried, which is said meanwhile; null: it is not for whoever asks, or not there. */
export async function readOnce<T>(path: string, wait: (ms: number) => Promise<unknown> = pause): Promise<T | null> {
  for (;;) {
    try {
      const answer = await ask<T>(path);
      heard(path);
      return answer;
    } catch (error) {
      if (leaveIfSignedOut(error)) return null;
      if (isRefused(error)) {
        heard(path);
        return null;
      }
      await new Promise<void>((resolve) => {
        failed(error, path, async () => resolve());
        void wait(AGAIN_MS).then(() => resolve());
      });
    }
  }
}

function isRefused(error: unknown): boolean {
  return error instanceof HttpError && error.status >= 400 && error.status < 500 && !FOR_NOW.includes(error.status);
}

function pause(ms: number): Promise<unknown> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
