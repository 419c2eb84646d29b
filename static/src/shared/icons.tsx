/** Small line drawings, 20 × 20, in the colour of the text. */
import type { Box } from "./walls";

const PATHS = {
  undo: "M8 4 4 8l4 4M4 8h7.5a4.5 4.5 0 0 1 0 9H8",
  redo: "m12 4 4 4-4 4m4-4H8.5a4.5 4.5 0 0 0 0 9H12",
  splitAcross: "M3 4.5h14v11H3zM10 4.5v11",
  splitDown: "M3 4.5h14v11H3zM3 10h14",
  splitFour: "M3 4.5h14v11H3zM3 10h14M10 4.5v11",
  merge: "M3 4.5h14v11H3zM6.5 10H9m4.5 0H11M8 8.3 9.7 10 8 11.7m4-3.4L10.3 10l1.7 1.7",
  panorama: "M2.5 6c5 1.6 10 1.6 15 0v8c-5-1.6-10-1.6-15 0zM7.5 7v6m5-6v6",
  lock: "M5 9h10v7H5zM7 9V6.5a3 3 0 0 1 6 0V9",
  unlock: "M5 9h10v7H5zM7 9V6.5a3 3 0 0 1 5.7-1.3",
  notTheirs: "M10 3.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13zM5.4 5.4l9.2 9.2",
  clear: "M4.5 4.5h11v11h-11zM7.5 7.5l5 5m0-5-5 5",
  remove: "M4 6h12M8 6V4h4v2m-6.5 0 .8 10h7.4l.8-10M8.5 9v4.5m3-4.5v4.5",
  identify: "M3 4.5h14v9H3zM7 16.5h6M9 7.5l1.5-1v5",
  wall: "M2.5 5h7v4.5h-7zM10.5 5h7v4.5h-7zM2.5 10.5h7V15h-7zM10.5 10.5h7V15h-7z",
  help: "M7.6 7.6a2.4 2.4 0 1 1 3.5 2.1c-.8.4-1.1.9-1.1 1.8M10 14v.1",
  save: "M10 4v12M4 10h12",
  tour: "M6.5 3.5h10v7h-10M3.5 7v9h10v-2.5M3.5 7h10v6.5h-10z",
  clock: "M10 3.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13zM10 6.5V10l2.5 1.7",
  text: "M4.5 5.5h11M10 5.5V15",
  image: "M3 4.5h14v11H3zM3 13l4-4 3.5 3.5L13 10l4 4M13 7.5v.1",
  web: "M10 3.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13zM3.5 10h13M10 3.5c-5 4-5 9 0 13c5-4 5-9 0-13z",
  states: "M4 5.5h.1M7.5 5.5h9M4 10h.1M7.5 10h9M4 14.5h.1M7.5 14.5h9",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 20 20" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}

/** A layout as a small picture of itself. */
export function LayoutIcon({ preset }: { preset: { readonly columns: number; readonly rows: number; readonly cells: readonly Box[] } }) {
  const { columns, rows, cells } = preset;
  return (
    <svg class="layout-icon" viewBox="0 0 32 18" aria-hidden="true">
      {cells.map(({ x, y, w, h }) => (
        <rect
          key={`${x} ${y}`}
          x={(x * 32) / columns + 0.5}
          y={(y * 18) / rows + 0.5}
          width={(w * 32) / columns - 1}
          height={(h * 18) / rows - 1}
          rx="0.6"
        />
      ))}
    </svg>
  );
}
