import "../shared/tokens.css";
import "../shared/controls.css";
import "./login.css";
import { signal } from "@preact/signals";
import { render } from "preact";
import { chosenLanguage, keepLanguage } from "../shared/chosen";
import { ask, HttpError } from "../shared/http";
import icon from "../shared/icon.svg";
import type { Language, Said } from "../shared/language";
import { Sign } from "../shared/sign";

const WORDS = {
  title: { id: "Masuk", en: "Sign in" },
  name: { id: "Nama pengguna", en: "User name" },
  password: { id: "Kata sandi", en: "Password" },
  busy: { id: "Memeriksa…", en: "Checking…" },
  wrong: { id: "Nama pengguna atau kata sandi salah.", en: "User name or password are wrong." },
  tooMany: { id: "Terlalu banyak percobaan. Tunggu satu menit.", en: "Too many tries. Wait a minute." },
  away: { id: "Server tidak menjawab. Coba lagi sebentar.", en: "The server does not answer. Try again soon." },
  other: { id: "English", en: "Bahasa Indonesia" },
} as const satisfies Record<string, Said>;

const language = signal<Language>(chosenLanguage());
const busy = signal(false);
const problem = signal<Said | null>(null);

function problemOf(error: unknown): Said {
  if (!(error instanceof HttpError)) throw error;
  if (error.status === 401 || error.status === 422) return WORDS.wrong;
  return error.status === 429 ? WORDS.tooMany : WORDS.away;
}

async function signIn(form: HTMLFormElement): Promise<void> {
  const said = new FormData(form);
  busy.value = true;
  problem.value = null;
  try {
    await ask("/api/login", "POST", { username: said.get("username"), password: said.get("password") });
    location.assign("/console");
  } catch (error) {
    problem.value = problemOf(error);
    busy.value = false;
    form.querySelector<HTMLInputElement>("[name=password]")?.select();
  }
}

function changeLanguage(): void {
  language.value = language.value === "id" ? "en" : "id";
  keepLanguage(language.value);
}

function Login() {
  const say = (words: Said): string => words[language.value];
  document.documentElement.lang = language.value;
  document.title = `${say(WORDS.title)} · Wallserver`;
  return (
    <form
      class="login"
      onSubmit={(event) => {
        event.preventDefault();
        void signIn(event.currentTarget);
      }}
    >
      <h1>
        <img src={icon} alt="" />
        Wallserver
      </h1>
      <label>
        {say(WORDS.name)}
        <input class="field" name="username" autocomplete="username" defaultValue="admin" required />
      </label>
      <label>
        {say(WORDS.password)}
        <input class="field" name="password" type="password" autocomplete="current-password" required autofocus />
      </label>
      <button type="submit" class="button primary" disabled={busy.value}>
        {say(busy.value ? WORDS.busy : WORDS.title)}
      </button>
      <p class="problem" role="alert">
        {problem.value && <Sign state="unreachable" />}
        {problem.value && say(problem.value)}
      </p>
      <div class="foot">
        <button type="button" class="button plain" onClick={changeLanguage}>
          {say(WORDS.other)}
        </button>
      </div>
    </form>
  );
}

render(<Login />, document.body);
