/** Keeping what a page knows fresh. */

const REFRESH_MS = 2500;

/** Refreshes now and then, for as long as the page is there and seen. */
export async function keepFresh(refresh: () => Promise<void>): Promise<never> {
  for (;;) {
    if (!document.hidden) await refresh();
    await new Promise((resolve) => setTimeout(resolve, REFRESH_MS));
  }
}
