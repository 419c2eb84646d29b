/** What stood in an entry of the audit, as text. Pure. */

export type Side = Readonly<Record<string, unknown>> | null;

/** What nobody reads: people and tokens are known by their names. */
const UNSAID = new Set(["id", "created_ms", "made_ms"]);
const LONGEST = 120;

/** What a side says: where there is another one, only what is not the same there. "name: Gerbang; risk: red" */
export function sideText(side: Side, other: Side): string {
  return Object.entries(side ?? {})
    .filter(([key, value]) => !UNSAID.has(key) && (other ? !isSame(value, other[key]) : isSaid(value)))
    .map(([key, value]) => `${key}: ${valueText(value)}`)
    .join("; ");
}

/** What it was done to: of people the name, which stands in the entry. */
export function objectText({ object, before, after }: { object: string; before: Side; after: Side }): string {
  const name = after?.name ?? before?.name;
  return typeof name === "string" && (before ?? after)?.id === object ? name : object;
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function isSaid(value: unknown): boolean {
  return value !== null && value !== "" && value !== false;
}

/** Long lists only as how many there are. */
function valueText(value: unknown): string {
  if (value === null || value === "") return "–";
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  return Array.isArray(value) && text.length > LONGEST ? `${value.length} ×` : text;
}
