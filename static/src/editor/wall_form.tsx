import { PAGE_WORDS } from "../shared/page_words";
import { say } from "../shared/session";
import { submitting } from "../shared/submitting";
import type { Wall } from "../shared/walls";
import { NumberField, useFields } from "./fields";
import { INSTALL_WORDS as WORDS } from "./install_words";
import { geometryOf, LIMITS, wallFields } from "./installing";
import { busy, perform } from "./store";

/** How many columns and rows of displays a wall has, and what lies between their pictures. */
export function WallForm({ on, onClose }: { on: Wall; onClose: () => void }) {
  const now = wallFields(on);
  const [fields, set] = useFields(now);
  const changed = JSON.stringify(fields) !== JSON.stringify(now);
  const save = (): void => void perform({ type: "set_geometry", ...geometryOf(fields) }, WORDS.changedWall);
  return (
    <>
      <h2>{say(WORDS.wall)}</h2>
      <form class="form" onSubmit={submitting(save)}>
        <div class="two">
          <NumberField label={say(WORDS.columns)} min={1} max={LIMITS.places} value={fields.columns} onText={(columns) => set({ columns })} />
          <NumberField label={say(WORDS.rows)} min={1} max={LIMITS.places} value={fields.rows} onText={(rows) => set({ rows })} />
        </div>
        <fieldset class="two bezels">
          <legend>{say(WORDS.bezels)}</legend>
          <NumberField label={say(WORDS.bezelX)} min={0} max={LIMITS.bezel} value={fields.bezel_x} onText={(text) => set({ bezel_x: text })} />
          <NumberField label={say(WORDS.bezelY)} min={0} max={LIMITS.bezel} value={fields.bezel_y} onText={(text) => set({ bezel_y: text })} />
        </fieldset>
        <p class="quiet hint">{say(WORDS.bezelHow)}</p>
        <div class="task-actions">
          <button type="submit" class="button primary" disabled={!changed || busy.value}>
            {say(PAGE_WORDS.save)}
          </button>
          <button type="button" class="button" onClick={onClose}>
            {say(PAGE_WORDS.close)}
          </button>
        </div>
      </form>
    </>
  );
}
