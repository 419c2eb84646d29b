import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { chosenLanguage, keepLanguage } from "../shared/chosen";
import icon from "../shared/icon.svg";
import type { Language, Said } from "../shared/language";
import { Problem } from "../shared/problem";
import { problemOf } from "./problem";
import { WORDS } from "./words";

const language = signal<Language>(chosenLanguage());
const busy = signal(false);
export const problem = signal<Said | null>(null);

export const say = (words: Said): string => words[language.value];

/** Does what the form is for; what goes wrong stands beneath it, and the last password typed is selected. */
export async function perform(form: HTMLFormElement, work: (said: FormData) => Promise<void>): Promise<void> {
  busy.value = true;
  problem.value = null;
  try {
    await work(new FormData(form));
  } catch (error) {
    problem.value = problemOf(error);
  } finally {
    busy.value = false;
  }
  if (problem.value !== null) form.querySelector<HTMLInputElement>("[type=password]")?.select();
}

function changeLanguage(): void {
  language.value = language.value === "id" ? "en" : "id";
  keepLanguage(language.value);
}

interface FormParts {
  readonly title: string;
  readonly submit: Said;
  readonly onSubmit: (form: HTMLFormElement) => void;
  readonly children: ComponentChildren;
}

/** What both forms of this page have around their fields. */
export function Form({ title, submit, onSubmit, children }: FormParts) {
  document.documentElement.lang = language.value;
  document.title = `${say(submit)} · Wallserver`;
  return (
    <form
      class="login"
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit(event.currentTarget);
      }}
    >
      <h1>
        <img src={icon} alt="" />
        {title}
      </h1>
      {children}
      <button type="submit" class="button primary" disabled={busy.value}>
        {say(busy.value ? WORDS.busy : submit)}
      </button>
      <Problem text={problem.value && say(problem.value)} />
      <div class="foot">
        <button type="button" class="button plain" onClick={changeLanguage}>
          {say(WORDS.other)}
        </button>
      </div>
    </form>
  );
}
