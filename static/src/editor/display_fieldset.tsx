import { say } from "../shared/session";
import type { Display, Wall } from "../shared/walls";
import { NumberField } from "./fields";
import { INSTALL_WORDS as WORDS } from "./install_words";
import { displayAtPlace, type DisplayFields, isUpright, LIMITS, SIZES, sized } from "./installing";

interface Parts {
  readonly on: Wall;
  /** Null: a new one. */
  readonly display: Display | null;
  readonly fields: DisplayFields;
  readonly set: (more: Partial<DisplayFields>) => void;
}

/** A display's name, size and place. */
export function DisplayFieldset({ on, display, fields, set }: Parts) {
  return (
    <>
      <label>
        {say(WORDS.name)}
        <input
          class="field"
          required
          maxLength={LIMITS.name}
          autocomplete="off"
          value={fields.name}
          onInput={(event) => set({ name: event.currentTarget.value })}
        />
      </label>
      <SizeFields fields={fields} set={set} />
      <div class="two">
        <NumberField label={say(WORDS.column)} min={1} max={mostOf(on.columns, display)} value={fields.column} onText={(column) => set({ column })} />
        <NumberField label={say(WORDS.row)} min={1} max={mostOf(on.rows, display)} value={fields.row} onText={(row) => set({ row })} />
      </div>
      <PlaceNote on={on} display={display} fields={fields} />
    </>
  );
}

/** A new one may hang beside the wall, which grows there. */
function mostOf(places: number, display: Display | null): number {
  return display ? places : Math.min(LIMITS.places, places + 1);
}

function PlaceNote({ on, display, fields }: Omit<Parts, "set">) {
  const other = displayAtPlace(on, fields, display?.id ?? null);
  const grows = Number(fields.column) > on.columns || Number(fields.row) > on.rows;
  const hangs = say(display ? WORDS.swapsWith : WORDS.hangsThere);
  const words = other ? `${hangs} ${other.name}.` : grows && say(WORDS.grows);
  return words ? <p class="quiet hint">{words}</p> : null;
}

function SizeFields({ fields, set }: Pick<Parts, "fields" | "set">) {
  const { width, height } = fields;
  return (
    <>
      <fieldset class="segments">
        <legend>{say(WORDS.size)}</legend>
        {SIZES.map((size) => {
          const sides = sized(size, fields);
          return (
            <label key={size.name} title={`${sides.width} × ${sides.height}`}>
              <input
                type="radio"
                name="size"
                checked={sides.width === width && sides.height === height}
                onChange={() => set(sides)}
              />
              <span>{size.name}</span>
            </label>
          );
        })}
      </fieldset>
      <div class="two">
        <NumberField label={say(WORDS.width)} min={2} max={LIMITS.pixels} value={width} onText={(text) => set({ width: text })} />
        <NumberField label={say(WORDS.height)} min={2} max={LIMITS.pixels} value={height} onText={(text) => set({ height: text })} />
      </div>
      <label class="check">
        <input type="checkbox" checked={isUpright(fields)} onChange={() => set({ width: height, height: width })} />
        {say(WORDS.upright)}
      </label>
    </>
  );
}
