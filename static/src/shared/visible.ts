/** Resolves once the page can be seen; rejects with the signal's reason. A hidden one is not told of pictures. */
export function untilVisible(signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const over = new AbortController();
    const look = (): void => {
      if (!signal.aborted && document.hidden) return;
      over.abort();
      if (signal.aborted) reject(signal.reason);
      else resolve();
    };
    document.addEventListener("visibilitychange", look, { signal: over.signal });
    signal.addEventListener("abort", look, { signal: over.signal });
    look();
  });
}
