import { useSignal } from "@preact/signals";
import { ColumnNames } from "../shared/column_names";
import { ask } from "../shared/http";
import { dateTime } from "../shared/moments";
import { PAGE_WORDS } from "../shared/page_words";
import { language, me, say } from "../shared/session";
import { Sign } from "../shared/sign";
import { Confirm } from "../shared/confirm";
import { type Person, PersonForm } from "./person_form";
import { tellProblem } from "./store";
import { useTold } from "./told";
import { ToldOnce } from "./told_once";
import { PEOPLE_REASONS, ROLES, WORDS } from "./words";

interface Given {
  readonly name: string;
  readonly password: string;
}

interface Question {
  readonly title: string;
  readonly means: string;
  readonly does: string;
  readonly yes: () => Promise<unknown>;
}

/** Who may sign in, as what and where. */
export function People() {
  const { told: people, read } = useTold<readonly Person[]>("/api/users");
  /** "new", or the id of who is changed. */
  const open = useSignal<string | null>(null);
  const given = useSignal<Given | null>(null);
  const question = useSignal<Question | null>(null);
  const perform = async (work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
      await read();
    } catch (error) {
      tellProblem(error, PEOPLE_REASONS);
    }
  };
  const edited = people.value?.find(({ id }) => id === open.value);
  const asks = question.value;
  return (
    <div class={open.value === null ? "split" : "split has-side"}>
      <section class="list" aria-label={say(WORDS.people)}>
        <div class="bar">
          <span class="quiet">
            {people.value?.length ?? 0} {say(WORDS.peopleCount)}
          </span>
          <span class="bar-end">
            <button type="button" class="button" onClick={() => (open.value = "new")}>
              {say(WORDS.newPerson)}
            </button>
          </span>
        </div>
        {given.value && (
          <ToldOnce
            what={say(WORDS.passwordOf)}
            whose={given.value.name}
            secret={given.value.password}
            means={say(WORDS.toldOnce)}
            onClose={() => (given.value = null)}
          />
        )}
        {people.value === null && <p class="sentence">{say(PAGE_WORDS.loading)}</p>}
        {people.value && (
          <div class="scrolled" tabIndex={0}>
            <table class="plain">
              <thead>
                <tr>
                  <ColumnNames words={[WORDS.name, WORDS.role, WORDS.scope, WORDS.signsIn, WORDS.since]} />
                </tr>
              </thead>
              <tbody>
                {people.value.map((person) => (
                  <tr key={person.id} class={open.value === person.id ? "chosen" : ""}>
                    <th scope="row">
                      <button type="button" class="button plain" onClick={() => (open.value = person.id)}>
                        {person.name}
                      </button>
                      {person.name === me.value?.name && <span class="quiet"> ({say(WORDS.you)})</span>}
                    </th>
                    <td>{say(ROLES[person.role] ?? { id: person.role, en: person.role })}</td>
                    <td>{say(person.scope === null ? WORDS.everywhere : WORDS.limited)}</td>
                    <td>
                      <span class="with-sign">
                        <Sign state={person.disabled ? "off" : "live"} />
                        {say(signsIn(person))}
                      </span>
                    </td>
                    <td class="quiet nowrap">{dateTime(person.created_ms, language.value)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </section>
      {(open.value === "new" || edited) && (
        <PersonForm
          key={open.value === "new" ? "new" : JSON.stringify({ ...edited, disabled: null })}
          person={edited ?? null}
          onClose={() => (open.value = null)}
          onAdded={(name, password) => {
            given.value = { name, password };
            open.value = null;
            void read();
          }}
          onChanged={() => void read()}
        >
          {edited && <Deeds person={edited} perform={perform} onPassword={(one) => (given.value = one)} onAsk={(one) => (question.value = one)} />}
        </PersonForm>
      )}
      {asks && (
        <Confirm title={asks.title} does={asks.does} onYes={() => void perform(asks.yes)} onClose={() => (question.value = null)}>
          <p>{asks.means}</p>
        </Confirm>
      )}
    </div>
  );
}

interface DeedsParts {
  readonly person: Person;
  readonly perform: (work: () => Promise<unknown>) => Promise<void>;
  readonly onPassword: (given: Given) => void;
  readonly onAsk: (question: Question) => void;
}

/** What can be done to somebody besides changing their role. */
function Deeds({ person, perform, onPassword, onAsk }: DeedsParts) {
  const path = `/api/users/${person.id}`;
  const renew = async (): Promise<void> => {
    const { password } = await ask<{ password: string }>(`${path}/password`, "POST");
    onPassword({ name: person.name, password });
  };
  const about = (does: string, means: string, yes: () => Promise<unknown>): void =>
    onAsk({ title: `${does}: ${person.name}?`, does, means, yes });
  return (
    <section class="side-part deeds">
      {!person.single_sign_on && (
        <button type="button" class="button" onClick={() => about(say(WORDS.renew), say(WORDS.renewMeans), renew)}>
          {say(WORDS.renew)}
        </button>
      )}
      <button type="button" class="button" onClick={() => void perform(() => ask(`${path}/sessions`, "DELETE"))}>
        {say(WORDS.signOutThem)}
      </button>
      {person.disabled ? (
        <button type="button" class="button" onClick={() => void perform(() => ask(path, "PATCH", { disabled: false }))}>
          {say(WORDS.enable)}
        </button>
      ) : (
        <button
          type="button"
          class="button"
          onClick={() => about(say(WORDS.disable), say(WORDS.disableMeans), () => ask(path, "PATCH", { disabled: true }))}
        >
          {say(WORDS.disable)}
        </button>
      )}
      <button
        type="button"
        class="button danger"
        onClick={() => about(say(WORDS.removePerson), say(WORDS.removePersonMeans), () => ask(path, "DELETE"))}
      >
        {say(WORDS.removePerson)}
      </button>
    </section>
  );
}

function signsIn(person: Person) {
  if (person.disabled) return WORDS.isDisabled;
  if (person.single_sign_on) return WORDS.bySingleSignOn;
  return person.must_change_password ? WORDS.firstPassword : WORDS.byPassword;
}
