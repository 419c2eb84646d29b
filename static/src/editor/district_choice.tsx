import { say } from "../shared/session";
import { cameras } from "../shared/site";
import { WORDS } from "./words";

interface Parts {
  /** "": any. */
  readonly value: string;
  readonly onChoose: (district: string) => void;
}

/** A district that cameras are in, or any. */
export function DistrictChoice({ value, onChoose }: Parts) {
  const districts = [...new Set((cameras.value ?? []).flatMap((camera) => camera.district || []))].sort();
  return (
    <label>
      {say(WORDS.district)}
      <select class="field" value={value} onChange={(event) => onChoose(event.currentTarget.value)}>
        <option value="">{say(WORDS.any)}</option>
        {districts.map((one) => (
          <option key={one}>{one}</option>
        ))}
      </select>
    </label>
  );
}
