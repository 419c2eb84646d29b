import "../shared/tokens.css";
import "../shared/controls.css";
import "./public.css";
import { effect, signal } from "@preact/signals";
import { render } from "preact";
import { type Camera, cameras, follow, heard, matching } from "./cameras";
import { Player } from "./player";
import { language, otherLanguage, say, WORDS } from "./words";

const [, kind, shown] = /^\/public\/(c|embed)\/([0-9a-f]{16})$/.exec(location.pathname) ?? [null, null, null];
const asked = signal("");
const copied = signal(false);

function Page() {
  const all = cameras.value;
  const chosen = all?.find((camera) => camera.id === shown);
  return (
    <>
      <header class="top">
        {shown === null ? <h1>{say(WORDS.title)}</h1> : <a href="/public">← {say(WORDS.back)}</a>}
        <button class="button plain" type="button" onClick={otherLanguage}>
          {say(WORDS.other)}
        </button>
      </header>
      {!heard.value && (
        <p class="problem" role="alert">
          {say(WORDS.offline)}
        </p>
      )}
      <main>{all !== null && (shown === null ? <List all={all} /> : <One camera={chosen} />)}</main>
    </>
  );
}

function List({ all }: { readonly all: readonly Camera[] }) {
  const found = matching(all, asked.value);
  if (all.length === 0) return <p>{say(WORDS.none)}</p>;
  return (
    <>
      <label class="find">
        <span class="visually-hidden">{say(WORDS.find)}</span>
        <input
          class="field"
          type="search"
          placeholder={say(WORDS.find)}
          value={asked.value}
          onInput={(event) => {
            asked.value = event.currentTarget.value;
          }}
        />
      </label>
      {found.length === 0 && <p>{say(WORDS.notFound)}</p>}
      <ul class="cameras">
        {found.map((camera) => (
          <li key={camera.id}>
            <a href={`/public/c/${camera.id}`}>
              <span class="name">{camera.name}</span>
              <span class="quiet">{camera.group}</span>
              {camera.state !== "available" && (
                <span class="state">{say(camera.state === "cut_off" ? WORDS.cutOff : WORDS.away)}</span>
              )}
            </a>
          </li>
        ))}
      </ul>
    </>
  );
}

function One({ camera }: { readonly camera: Camera | undefined }) {
  if (camera === undefined) return <p>{say(WORDS.gone)}</p>;
  return (
    <article>
      <h1>{camera.name}</h1>
      <Player camera={camera} />
      <p class="foot">
        <span class="quiet">{camera.group}</span>
        {kind === "c" && (
          <button class="button" type="button" onClick={() => void share(camera)}>
            {say(copied.value ? WORDS.shared : WORDS.share)}
          </button>
        )}
      </p>
    </article>
  );
}

async function share(camera: Camera): Promise<void> {
  const address = `${location.origin}/public/c/${camera.id}`;
  if (typeof navigator.share === "function") {
    await navigator.share({ title: camera.name, url: address }).catch(() => undefined);
    return;
  }
  await navigator.clipboard.writeText(address);
  copied.value = true;
}

effect(() => {
  document.documentElement.lang = language.value;
  const name = cameras.value?.find((camera) => camera.id === shown)?.name;
  document.title = name === undefined ? say(WORDS.title) : `${name} · ${say(WORDS.title)}`;
});
document.body.classList.toggle("embedded", kind === "embed");
render(<Page />, document.body);
void follow(shown, new AbortController().signal);
