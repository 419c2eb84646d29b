/** What a file would do, as lines to look through. Pure. */

export interface Change {
  readonly column: string;
  readonly before: string | number | null;
  readonly after: string | number | null;
  /** Neither value is told. */
  readonly secret: boolean;
}

interface Planned {
  readonly row: number;
  readonly camera: string;
  readonly name: string;
  readonly place: string;
  readonly fields: readonly Change[];
}

export interface Preview {
  readonly digest: string;
  readonly added: readonly Planned[];
  readonly changed: readonly Planned[];
  readonly unchanged: number;
  readonly errors: readonly { readonly row: number; readonly column: string; readonly id: string; readonly en: string }[];
  /** Of another program's configuration: what is no camera for us. */
  readonly left_out: Preview["errors"];
  /** Of which `errors` has the first ones. */
  readonly error_count: number;
  /** Of which `left_out` has the first ones. */
  readonly left_out_count: number;
}

/** A camera that would be new, or one column of one that is there. `isFirst`: it names the camera. */
export interface Line {
  readonly key: string;
  readonly planned: Planned;
  readonly change: Change | null;
  readonly isFirst: boolean;
}

/** New cameras first, then every change, in the file's order. */
export function linesOf(preview: Preview): Line[] {
  const lines: Line[] = preview.added.map((planned) => ({ key: planned.camera, planned, change: null, isFirst: true }));
  for (const planned of preview.changed) {
    planned.fields.forEach((change, index) => {
      lines.push({ key: `${planned.camera} ${change.column}`, planned, change, isFirst: index === 0 });
    });
  }
  return lines;
}

/** What is done to each camera, as one text. */
function fates(preview: Preview): Map<string, string> {
  return new Map([...preview.added, ...preview.changed].map((one) => [one.camera, JSON.stringify([one.name, one.place, one.fields])]));
}

/** The cameras to which something else would be done by now than the first preview said. */
export function differing(before: Preview, now: Preview): Set<string> {
  const [old, present] = [fates(before), fates(now)];
  const both = new Set([...old.keys(), ...present.keys()]);
  return new Set([...both].filter((camera) => old.get(camera) !== present.get(camera)));
}

/** How the server reads a file of this name. */
export function formOf(name: string): "csv" | "yaml" {
  return /\.ya?ml$/i.test(name) ? "yaml" : "csv";
}
