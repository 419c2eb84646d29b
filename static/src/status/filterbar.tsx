import { language, say } from "../shared/session";
import { type Camera, choices, type Group, NO_FILTER } from "./filters";
import { filter, shown } from "./store";
import { WORDS } from "./words";

const GROUPS: readonly Group[] = ["district", "provider", "contractor"];

/** What narrows the cameras down; a group of which nothing is recorded is none. */
export function Filters({ all }: { all: readonly Camera[] }) {
  const isNarrow = filter.value !== NO_FILTER;
  return (
    <div class="filters" role="search">
      <input
        id="search"
        class="field"
        type="search"
        autocomplete="off"
        aria-label={say(WORDS.search)}
        placeholder={`${say(WORDS.search)} (${say(WORDS.searchKey)})`}
        value={filter.value.text}
        onInput={(event) => {
          filter.value = { ...filter.value, text: event.currentTarget.value };
        }}
      />
      {GROUPS.map((group) => (
        <Choice key={group} group={group} values={choices(all, group)} />
      ))}
      {isNarrow && (
        <button
          type="button"
          class="button plain"
          onClick={() => {
            filter.value = NO_FILTER;
          }}
        >
          {say(WORDS.clearFilters)}
        </button>
      )}
      <span class="filters-count quiet" role="status">
        {number(shown.value.length)} {say(WORDS.of)} {number(all.length)} {say(WORDS.cameras).toLowerCase()}
      </span>
    </div>
  );
}

function Choice({ group, values }: { group: Group; values: readonly string[] }) {
  if (values.length < 2 && filter.value[group] === null) return null;
  return (
    <label class="choice">
      <span class="quiet">{say(WORDS[group])}</span>
      <select
        class="field"
        value={filter.value[group] === null ? "*" : `=${filter.value[group]}`}
        onChange={(event) => {
          const { value } = event.currentTarget;
          filter.value = { ...filter.value, [group]: value === "*" ? null : value.slice(1) };
        }}
      >
        <option value="*">{say(WORDS.every)}</option>
        {values.map((value) => (
          <option key={value} value={`=${value}`}>
            {value || `(${say(WORDS.unnamed)})`}
          </option>
        ))}
      </select>
    </label>
  );
}

function number(value: number): string {
  return value.toLocaleString(language.value);
}
