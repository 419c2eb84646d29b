import "./public.css";
import { effect, signal } from "@preact/signals";
import { render } from "preact";
import { type Camera, cameras, follow, heard } from "./cameras";
import { List } from "./list";
import { Player } from "./player";
import { language, otherLanguage, say, WORDS } from "./words";

const [, kind, shown] = /^\/public\/(c|embed)\/([0-9a-f]{16})$/.exec(location.pathname) ?? [null, null, null];
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
