/** List and map are what people look at first: what else the console asks for waits for the map's first drawing. */

/** A map that takes longer than this holds up nothing. */
const MOST_MS = 3000;

let told: () => void = () => undefined;

export const firstDrawing = new Promise<void>((resolve) => {
  told = resolve;
  setTimeout(resolve, MOST_MS);
});

/** The map is drawn, or cannot be. */
export function drawn(): void {
  told();
}
