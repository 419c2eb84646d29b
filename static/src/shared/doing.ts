/** What a person does with a button: one thing at a time, and why it was not done. */
import { batch, signal } from "@preact/signals";
import { HttpError } from "./http";
import type { Said } from "./language";
import { PAGE_WORDS } from "./page_words";
import { isUnknown } from "./reads";
import { refusalOf } from "./refusals";
import { leaveIfSignedOut, say } from "./session";

export class Doing {
  readonly isBusy = signal(false);
  readonly problem = signal<string | null>(null);

  /** `unknown`: what is said where nobody knows whether it was done, and where that can be seen. */
  constructor(private readonly unknown: Said) {}

  /** Whether it was done. While something is being done already nothing is: of a double click the second is none. */
  async attempt(doIt: () => Promise<unknown>, refused: Said): Promise<boolean> {
    if (this.isBusy.value) return false;
    batch(() => {
      this.isBusy.value = true;
      this.problem.value = null;
    });
    try {
      await doIt();
      return true;
    } catch (error) {
      if (!leaveIfSignedOut(error)) this.problem.value = whyNot(error, refused, this.unknown);
      if (!(error instanceof HttpError)) throw error;
      return false;
    } finally {
      this.isBusy.value = false;
    }
  }
}

/** Why a change was not made (`refused`), or that nobody knows whether it was. */
export function whyNot(error: unknown, refused: Said, unknown: Said): string {
  if (isUnknown(error)) return say(unknown);
  return `${say(refused)}: ${say(error instanceof HttpError ? refusalOf(error) : PAGE_WORDS.failed)}`;
}
