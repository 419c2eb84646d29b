/** Reading what goes on until there is nothing more to wait for, though the server may be away meanwhile. Pure. */
import { delay } from "../shared/backoff";

const ASK_AGAIN_MS = 1000;

/**
 * Reads now, and again and again while `read` says that there is more to come, or fails. `failed` is told of the first
 * of some failures in a row, and null once it reads again. Rejects with the signal's reason.
 */
export async function follow(
  read: () => Promise<boolean>,
  failed: (error: unknown) => void,
  ended: AbortSignal,
  wait: typeof delay = delay,
): Promise<void> {
  let isFailing = false;
  for (;;) {
    try {
      const isMore = await read();
      if (isFailing) failed(null);
      isFailing = false;
      if (!isMore) return;
    } catch (error) {
      ended.throwIfAborted();
      if (!isFailing) failed(error);
      isFailing = true;
    }
    await wait(ASK_AGAIN_MS, ended);
  }
}
