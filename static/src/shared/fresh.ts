/** Keeping what a page knows fresh. */

const REFRESH_MS = 2500;

/**
 * Refreshes now and then, for as long as the page is there and seen; the first time at once, also unseen: what the
 * page's HTML asked for beforehand would be old by the time that somebody looks.
 */
export async function keepFresh(refresh: () => Promise<void>): Promise<never> {
  await refresh();
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, REFRESH_MS));
    if (!document.hidden) await refresh();
  }
}
