import type { Said } from "../shared/language";
import { say } from "../shared/session";
import { canBeAdded, type Draft, profileText, type Row } from "./discovery_rows";
import { DISCOVERY_WORDS as WORDS } from "./discovery_words";
import { COLUMNS } from "./words";

/** What is wrong with one column, in both languages. */
export interface FieldProblem extends Said {
  readonly column: string;
}

interface Parts {
  readonly row: Row;
  readonly draft: Draft;
  readonly problems: readonly FieldProblem[];
  readonly onChange: (change: Partial<Draft>) => void;
  /** null: there is no password to ask with. */
  readonly onAgain: (() => void) | null;
}

/** A camera, or a device of which none can be had, with why. */
export function FoundRow({ row, draft, problems, onChange, onAgain }: Parts) {
  const open = canBeAdded(row);
  const about = [row.make, row.address].filter(Boolean).join(" · ");
  const text = (column: "id" | "name", label: Said) => (
    <input
      class="field"
      aria-label={`${say(label)}: ${row.name}`}
      aria-invalid={problems.some((one) => one.column === column)}
      maxLength={120}
      autocomplete="off"
      value={draft[column]}
      onInput={(event) => onChange({ [column]: event.currentTarget.value })}
    />
  );
  const profile = (column: "main" | "sub", label: Said) => (
    <select
      class="field"
      aria-label={`${say(label)}: ${row.name}`}
      value={draft[column]}
      onChange={(event) => onChange({ [column]: event.currentTarget.value })}
    >
      {column === "sub" && <option value="">{say(WORDS.noSub)}</option>}
      {row.profiles.map((one) => (
        <option key={one.token} value={one.token}>
          {profileText(one)} ({one.token})
        </option>
      ))}
    </select>
  );
  return (
    <tr class={draft.chosen && open ? "chosen" : undefined}>
      <td>
        {open && (
          <input
            type="checkbox"
            aria-label={`${say(WORDS.choose)}: ${row.name}`}
            checked={draft.chosen}
            onChange={(event) => onChange({ chosen: event.currentTarget.checked })}
          />
        )}
      </td>
      <td>
        {open ? text("name", WORDS.name) : <b>{row.name}</b>}
        <p class="hint">{about}</p>
      </td>
      <td>{open && text("id", WORDS.id)}</td>
      <td>{open && profile("main", WORDS.main)}</td>
      <td>{open && profile("sub", WORDS.sub)}</td>
      <td>
        {row.known !== null && (
          <p class="hint">
            {say(WORDS.known)} <a href={`#cameras/${encodeURIComponent(row.known)}`}>{row.known}</a>
          </p>
        )}
        {problems.map((one) => (
          <p key={one.en} class="wrong" role="alert">
            {say(COLUMNS[one.column] ?? { id: one.column, en: one.column })} {say(one)}
          </p>
        ))}
        {row.remarks.map((one) => (
          <p key={one.en} class="hint">
            {say(one)}
          </p>
        ))}
        {row.main === null && row.known === null && onAgain && (
          <button type="button" class="button plain" onClick={onAgain}>
            {say(WORDS.again)}
          </button>
        )}
      </td>
    </tr>
  );
}
