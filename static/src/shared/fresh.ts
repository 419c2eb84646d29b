/** Keeping what a page knows fresh. */

const REFRESH_MS = 2500;

/**
 * Refreshes now and then, for as long as the page is there and seen, and as soon as it is seen again: it may have been
 * out of sight for hours. The first time at once, also unseen: what the page's HTML asked for beforehand would be old by
 * the time that somebody looks.
 */
export async function keepFresh(refresh: () => Promise<void>): Promise<never> {
  await refresh();
  for (;;) {
    await soon();
    if (!document.hidden) await refresh();
  }
}

/** After a while, or where somebody looks at the page anew, or away from it. */
function soon(): Promise<void> {
  return new Promise((resolve) => {
    const over = new AbortController();
    const end = (): void => {
      over.abort();
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(end, REFRESH_MS);
    document.addEventListener("visibilitychange", end, { signal: over.signal });
  });
}
