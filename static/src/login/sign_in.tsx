import { signal } from "@preact/signals";
import { ask } from "../shared/http";
import { Form, perform, problem, say } from "./form";
import { WORDS } from "./words";

interface Me {
  readonly must_change_password: boolean;
}

const singleSignOn = signal(false);

/** Whether the site has a provider of identities, and how the way there ended. Without an answer: no button. */
export async function lookForProvider(): Promise<void> {
  if (location.hash === "#refused") problem.value = WORDS.refused;
  if (location.hash === "#away") problem.value = WORDS.providerAway;
  try {
    singleSignOn.value = (await ask<{ enabled: boolean }>("/api/oidc")).enabled;
  } catch {
    singleSignOn.value = false;
  }
}

/** Name and password. `onPassword` gets the password where that has to be changed before anything else. */
export function SignIn({ onPassword }: { readonly onPassword: (password: string) => void }) {
  async function signIn(said: FormData): Promise<void> {
    const password = String(said.get("password"));
    const me = await ask<Me>("/api/login", "POST", { username: said.get("username"), password });
    if (me.must_change_password) onPassword(password);
    else location.assign("/console");
  }
  return (
    <Form title="Wallserver" submit={WORDS.title} onSubmit={(form) => void perform(form, signIn)}>
      <label>
        {say(WORDS.name)}
        <input class="field" name="username" autocomplete="username" required autofocus />
      </label>
      <label>
        {say(WORDS.password)}
        <input class="field" name="password" type="password" autocomplete="current-password" required />
      </label>
      {singleSignOn.value && (
        <a class="button plain" href="/api/oidc/login">
          {say(WORDS.singleSignOn)}
        </a>
      )}
    </Form>
  );
}
