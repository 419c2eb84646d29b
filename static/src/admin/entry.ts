/** A camera's columns as a form has them, and what of them is to be changed. Pure. */

/** As the server tells them: addresses without secrets. */
export interface Entry {
  readonly id: string;
  readonly [column: string]: unknown;
  readonly has_password: boolean;
  readonly off: { readonly reason: string; readonly by: string; readonly until_ms: number | null } | null;
  readonly masks: number;
  readonly shown_on: readonly string[];
}

export type Fields = Readonly<Record<string, string>>;

const NUMBERS = new Set(["latitude", "longitude", "max_sessions"]);
/** Those that may be without a value; the others are empty texts then. */
const NULLABLE = new Set(["sub_url", "latitude", "longitude", "onvif_url", "main_profile", "sub_profile"]);

export const NEW: Fields = {
  id: "",
  name: "",
  district: "",
  village: "",
  lorong: "",
  latitude: "",
  longitude: "",
  main_url: "",
  sub_url: "",
  transport: "tcp",
  max_sessions: "2",
  risk: "green",
  provider: "",
  contractor: "",
  onvif_url: "",
  main_profile: "",
  sub_profile: "",
  username: "",
  password: "",
};

export function fieldsOf(entry: Entry): Fields {
  return Object.fromEntries(
    Object.keys(NEW).map((column) => [column, entry[column] === null || entry[column] === undefined ? "" : String(entry[column])]),
  );
}

/**
 * The columns that were written, as the server takes them. Name and password are sent only where somebody typed them;
 * `forget`: they are to be taken away.
 */
export function changesOf(before: Fields, after: Fields, forget = false): Record<string, unknown> {
  const changes: Record<string, unknown> = {};
  for (const [column, value] of Object.entries(after)) {
    if (value === before[column]) continue;
    changes[column] = valueOf(column, value.trim());
  }
  if (forget) Object.assign(changes, { username: null, password: null });
  return changes;
}

/** What of a new camera is said. */
export function writtenOf(fields: Fields): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([, value]) => value.trim() !== "")
      .map(([column, value]) => [column, valueOf(column, value.trim())]),
  );
}

/** Decimals may be written with a comma. What is no number the server says so of. */
function valueOf(column: string, value: string): unknown {
  if (value === "" && NULLABLE.has(column)) return null;
  return NUMBERS.has(column) ? value.replace(",", ".") : value;
}
