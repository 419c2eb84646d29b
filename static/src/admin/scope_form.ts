/** A scope as a form has it: what can be ticked. Pure. */

/** As the server writes them (written_scope.py); null or missing: not limited. */
export interface Scope {
  readonly walls?: readonly string[] | null;
  readonly displays?: Readonly<Record<string, readonly string[] | null>> | null;
  readonly cameras?: {
    readonly ids?: readonly string[];
    readonly groups?: readonly { readonly district?: string | null; readonly place?: Road | null }[];
  } | null;
}

export type Road = "road" | "lorong";

/** Each list null: not limited. `districts` with `road`: their cameras, along roads or in lorong alone where it says so. */
export interface ScopeForm {
  readonly walls: readonly string[] | null;
  readonly displays: readonly string[] | null;
  readonly districts: readonly string[] | null;
  readonly road: Road | null;
  readonly cameras: readonly string[];
}

export const EVERYWHERE: ScopeForm = { walls: null, displays: null, districts: null, road: null, cameras: [] };

/** null: this scope says more than the form can (single cells of a display; groups of several kinds). */
export function formOf(scope: Scope | null): ScopeForm | null {
  const displays = scope?.displays ?? null;
  const groups = scope?.cameras?.groups ?? [];
  const roads = new Set(groups.map((group) => group.place ?? null));
  const anywhere = groups.some((group) => (group.district ?? null) === null);
  if (displays !== null && Object.values(displays).some((cells) => cells !== null)) return null;
  if (roads.size > 1 || (anywhere && groups.length > 1)) return null;
  return {
    walls: scope?.walls ?? null,
    displays: displays === null ? null : Object.keys(displays),
    districts: scope?.cameras ? groups.flatMap((group) => group.district ?? []) : null,
    road: groups[0]?.place ?? null,
    cameras: scope?.cameras?.ids ?? [],
  };
}

/** The scope that a form says; null: everywhere. Who rearranges nothing has no displays. */
export function scopeOf(form: ScopeForm, role: string): Scope | null {
  const walls = form.walls;
  const displays = form.displays === null || role === "viewer" ? null : Object.fromEntries(form.displays.map((one) => [one, null]));
  const cameras = camerasOf(form);
  return walls === null && displays === null && cameras === null ? null : { walls, displays, cameras };
}

function camerasOf({ districts, road, cameras }: ScopeForm): NonNullable<Scope["cameras"]> | null {
  if (districts === null) return null;
  const groups =
    districts.length > 0 ? districts.map((district) => ({ district, place: road })) : road ? [{ district: null, place: road }] : [];
  return { ids: cameras, groups };
}
