import { ask, firstGoTo } from "../shared/http";
import { Form, perform, problem, say } from "./form";
import { SHORTEST, WORDS } from "./words";

/** Choose another password. `current`: the one that was just typed, which need not be typed again. */
export function NewPassword({ current }: { readonly current: string | null }) {
  async function choose(said: FormData): Promise<void> {
    if (said.get("new") !== said.get("again")) {
      problem.value = WORDS.notTheSame;
      return;
    }
    try {
      await ask("/api/me/password", "POST", { current: current ?? said.get("current"), new: said.get("new") });
    } catch (error) {
      if (firstGoTo(error) === null) throw error;
      location.replace("/login"); // the session has ended meanwhile
      return;
    }
    location.assign("/console");
  }
  return (
    <Form title={say(WORDS.choose)} submit={WORDS.keep} onSubmit={(form) => void perform(form, choose)}>
      {current !== null && <p class="hint">{say(WORDS.chooseWhy)}</p>}
      {current === null && (
        <label>
          {say(WORDS.current)}
          <input class="field" name="current" type="password" autocomplete="current-password" required autofocus />
        </label>
      )}
      <label>
        {say(WORDS.chosen)}
        <input
          class="field"
          name="new"
          type="password"
          autocomplete="new-password"
          minLength={SHORTEST}
          maxLength={200}
          aria-describedby="rule"
          required
          autofocus={current !== null}
        />
      </label>
      <p class="hint" id="rule">
        {say(WORDS.rule)}
      </p>
      <label>
        {say(WORDS.again)}
        <input class="field" name="again" type="password" autocomplete="new-password" required />
      </label>
    </Form>
  );
}
