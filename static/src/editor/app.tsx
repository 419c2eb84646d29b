import { useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { language, me, say, setLanguage } from "../console/store";
import icon from "../shared/icon.svg";
import { Canvas } from "./canvas";
import { DraftBar } from "./draftbar";
import { Inspector } from "./inspector";
import { onPageKey } from "./keys";
import { DragChip, Library } from "./library";
import { Notices, Saved } from "./notices";
import { SceneDialog, Scenes } from "./scenes";
import { dialog, drag, wall } from "./store";
import { Toolbar } from "./toolbar";
import { SHORTCUTS, WORDS } from "./words";

export function App() {
  useSignalEffect(() => {
    document.documentElement.lang = language.value;
    document.title = [say(WORDS.title), wall.value?.name, "Wallserver"].filter(Boolean).join(" · ");
  });
  useEffect(() => {
    const ended = new AbortController();
    document.addEventListener("keydown", onPageKey, { signal: ended.signal });
    return () => ended.abort();
  }, []);
  return (
    <>
      <Header />
      {wall.value ? (
        <div class="desk">
          <Library />
          <main class="middle">
            <Toolbar />
            <DraftBar />
            <Notices />
            <Canvas />
            <footer class="foot">
              <Scenes />
              <Saved />
            </footer>
          </main>
          <Inspector />
        </div>
      ) : (
        <main class="sentence">{say(wall.value === null ? WORDS.loading : WORDS.noWall)}</main>
      )}
      {drag.value && <DragChip x={drag.value.x} y={drag.value.y} name={drag.value.name} />}
      {dialog.value === "help" && <Help />}
      {dialog.value === "scene" && <SceneDialog />}
    </>
  );
}

function Header() {
  return (
    <header class="ed-top">
      <a class="back" href="/console">
        <img src={icon} alt="" />
        {say(WORDS.console)}
      </a>
      <h1>{wall.value?.name ?? "Wallserver"}</h1>
      <div class="top-end">
        <button type="button" class="button plain" onClick={() => setLanguage(language.value === "id" ? "en" : "id")}>
          {say(WORDS.otherLanguage)}
        </button>
        <span class="quiet">{me.value?.name}</span>
      </div>
    </header>
  );
}

function Help() {
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => element.current?.showModal(), []);
  return (
    <dialog
      ref={element}
      class="dialog help"
      aria-labelledby="help-title"
      onClose={() => {
        dialog.value = null;
      }}
    >
      <h2 id="help-title">{say(WORDS.help)}</h2>
      <dl>
        {SHORTCUTS.map(({ keys, what }) => (
          <div key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{say(what)}</dd>
          </div>
        ))}
      </dl>
      <button type="button" class="button" onClick={() => element.current?.close()}>
        {say(WORDS.close)}
      </button>
    </dialog>
  );
}
