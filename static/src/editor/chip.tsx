import type { Content } from "../shared/walls";
import { Icon, type IconName } from "../shared/icons";
import { focusCell } from "./keys";
import { beginDrag } from "./pointer";
import { contentName, selection, showHere } from "./store";

/** Something that can be dragged onto the wall, or shown in the selected cell by a click. */
export function Chip({ content, icon, note }: { content: Content; icon: IconName; note?: string }) {
  return (
    <button
      type="button"
      class="ed-row"
      onPointerDown={(event) => beginDrag(event, { kind: "content", content })}
      onClick={() => showAndReturn(content)}
    >
      <span class="thumb">
        <Icon name={icon} />
      </span>
      <span class="ed-row-words">
        <span class="ed-row-name">{contentName(content)}</span>
        {note && <span class="ed-row-place quiet">{note}</span>}
      </span>
    </button>
  );
}

/** Shows it in the selected cell, and goes back there. */
export function showAndReturn(content: Content): void {
  const last = selection.value.at(-1);
  if (!last) return;
  showHere(content);
  focusCell(last);
}
