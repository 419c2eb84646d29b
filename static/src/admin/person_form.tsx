import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { Field, Labelled } from "../shared/field";
import { ask } from "../shared/http";
import { PAGE_WORDS } from "../shared/page_words";
import { say } from "../shared/session";
import { submitting } from "../shared/submitting";
import { EVERYWHERE, formOf, type Road, type Scope, type ScopeForm, scopeOf } from "./scope_form";
import { Side } from "./side";
import { cameras, tell, whileBusy } from "./store";
import { useTold } from "./told";
import { PEOPLE_REASONS, ROLES, WORDS } from "./words";

/** As `/api/users` tells them. */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  readonly scope: Scope | null;
  readonly must_change_password: boolean;
  readonly single_sign_on: boolean;
  readonly disabled: boolean;
  readonly created_ms: number;
}

interface Wall {
  readonly id: string;
  readonly name: string;
  readonly displays: readonly { readonly id: string; readonly name: string }[];
}

interface Properties {
  /** null: somebody new. */
  readonly person: Person | null;
  readonly onClose: () => void;
  readonly onAdded: (name: string, password: string) => void;
  readonly onChanged: () => void;
  readonly children?: ComponentChildren;
}

/** Name, role and scope of somebody. */
export function PersonForm({ person, onClose, onAdded, onChanged, children }: Properties) {
  const name = useSignal(person?.name ?? "");
  const role = useSignal(person?.role ?? "operator");
  const form = useSignal<ScopeForm | null>(formOf(person?.scope ?? null));
  const { told: walls } = useTold<Wall[]>("/api/walls");
  const busy = useSignal(false);
  const save = async (): Promise<void> => {
    const scope = role.value === "admin" ? null : form.value ? scopeOf(form.value, role.value) : (person?.scope ?? null);
    const wanted = { name: name.value.trim(), role: role.value, scope };
    if (person === null) {
      const made = await ask<{ password: string }>("/api/users", "POST", wanted);
      onAdded(wanted.name, made.password);
    } else {
      await ask(`/api/users/${person.id}`, "PATCH", wanted);
      tell(WORDS.saved);
      onChanged();
    }
  };
  return (
    <Side title={person?.name ?? say(WORDS.newPerson)} close={onClose}>
      <form class="side-part" onSubmit={submitting(() => whileBusy(busy, save, PEOPLE_REASONS))}>
        <Field
          id="person-name"
          label={say(WORDS.name)}
          required
          maxLength={120}
          autocomplete="off"
          value={name.value}
          onText={(text) => (name.value = text)}
        />
        <Labelled id="person-role" label={say(WORDS.role)} hint={person?.single_sign_on ? say(WORDS.roleFromProvider) : undefined}>
          <select id="person-role" class="field" value={role.value} onChange={(event) => (role.value = event.currentTarget.value)}>
            {Object.entries(ROLES).map(([key, said]) => (
              <option key={key} value={key}>
                {say(said)}
              </option>
            ))}
          </select>
        </Labelled>
        {role.value === "admin" ? (
          <p class="hint">{say(WORDS.adminEverywhere)}</p>
        ) : form.value === null ? (
          <div class="labelled">
            <span>{say(WORDS.scope)}</span>
            <pre class="scope-text">{JSON.stringify(person?.scope, null, 1)}</pre>
            <p class="hint">{say(WORDS.scopeByApi)}</p>
            <button type="button" class="button" onClick={() => (form.value = EVERYWHERE)}>
              {say(WORDS.scopeAnew)}
            </button>
          </div>
        ) : (
          <ScopeFields form={form.value} role={role.value} walls={walls.value ?? []} onChange={(next) => (form.value = next)} />
        )}
        <div class="actions">
          <button type="submit" class="button primary" disabled={busy.value || name.value.trim() === ""}>
            {say(person === null ? WORDS.add : PAGE_WORDS.save)}
          </button>
        </div>
      </form>
      {children}
    </Side>
  );
}

interface ScopeParts {
  readonly form: ScopeForm;
  readonly role: string;
  readonly walls: readonly Wall[];
  readonly onChange: (form: ScopeForm) => void;
}

function ScopeFields({ form, role, walls, onChange }: ScopeParts) {
  const districts = [...new Set((cameras.value ?? []).map(({ district }) => district))].filter(Boolean).sort();
  const displays = walls.flatMap((wall) => wall.displays);
  return (
    <>
      <Limited
        title={say(WORDS.walls)}
        chosen={form.walls}
        all={walls}
        onChange={(chosen) => onChange({ ...form, walls: chosen })}
      />
      {role !== "viewer" && (
        <Limited
          title={say(WORDS.displays)}
          chosen={form.displays}
          all={displays}
          onChange={(chosen) => onChange({ ...form, displays: chosen })}
        />
      )}
      <Limited
        title={say(WORDS.camerasOf)}
        chosen={form.districts}
        all={districts.map((district) => ({ id: district, name: district }))}
        onChange={(chosen) => onChange({ ...form, districts: chosen })}
      />
      {form.districts !== null && (
        <div class="pair">
          <Labelled id="scope-road" label={say(WORDS.road)}>
            <select
              id="scope-road"
              class="field"
              value={form.road ?? ""}
              onChange={(event) => onChange({ ...form, road: (event.currentTarget.value || null) as Road | null })}
            >
              <option value="">{say(WORDS.roadAndLorong)}</option>
              <option value="road">{say(WORDS.roads)}</option>
              <option value="lorong">{say(WORDS.lorongs)}</option>
            </select>
          </Labelled>
          <CameraIds ids={form.cameras} onChange={(cameras) => onChange({ ...form, cameras })} />
        </div>
      )}
    </>
  );
}

/** Ids as somebody writes them: the text stays as it was typed, a comma at its end too. */
function CameraIds({ ids, onChange }: { ids: readonly string[]; onChange: (ids: readonly string[]) => void }) {
  const text = useSignal(ids.join(", "));
  return (
    <Field
      id="scope-cameras"
      label={say(WORDS.alsoCameras)}
      autocomplete="off"
      spellcheck={false}
      value={text.value}
      onText={(typed) => {
        text.value = typed;
        onChange(typed.split(/[\s,;]+/).filter(Boolean));
      }}
    />
  );
}

interface LimitedParts {
  readonly title: string;
  readonly chosen: readonly string[] | null;
  readonly all: readonly { readonly id: string; readonly name: string }[];
  readonly onChange: (chosen: readonly string[] | null) => void;
}

/** Everything, or what is ticked. */
function Limited({ title, chosen, all, onChange }: LimitedParts) {
  const toggled = (id: string): readonly string[] =>
    chosen?.includes(id) ? chosen.filter((one) => one !== id) : [...(chosen ?? []), id];
  return (
    <fieldset>
      <legend>{title}</legend>
      <label class="check">
        <input type="checkbox" checked={chosen === null} onChange={() => onChange(chosen === null ? [] : null)} />
        {say(WORDS.all)}
      </label>
      {chosen !== null && (
        <div class="checks">
          {all.map(({ id, name }) => (
            <label class="check" key={id}>
              <input type="checkbox" checked={chosen.includes(id)} onChange={() => onChange(toggled(id))} />
              {name}
            </label>
          ))}
        </div>
      )}
    </fieldset>
  );
}
