import { useEffect } from "preact/hooks";
import { KeysHelp } from "../shared/keys_help";
import { Away, PageHead } from "../shared/page_head";
import { PAGE_WORDS } from "../shared/page_words";
import { say } from "../shared/session";
import { WallTabs } from "../shared/wall_tabs";
import { Canvas } from "./canvas";
import { DraftBar } from "./draftbar";
import { Inspector } from "./inspector";
import { onPageKey } from "./keys";
import { DragChip, Library } from "./library";
import { Notices, Saved } from "./notices";
import { wallId } from "./now";
import { SceneDialog, Scenes } from "./scenes";
import { dialog, drag, wall } from "./store";
import { Toolbar } from "./toolbar";
import { SHORTCUTS, WORDS } from "./words";

export function App() {
  useEffect(() => {
    const ended = new AbortController();
    document.addEventListener("keydown", onPageKey, { signal: ended.signal });
    return () => ended.abort();
  }, []);
  return (
    <>
      <PageHead title={title()}>
        <WallTabs wall={wallId} here="edit" />
      </PageHead>
      <Away />
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
        <main class="sentence">{say(wall.value === null ? PAGE_WORDS.loading : WORDS.noWall)}</main>
      )}
      {drag.value && <DragChip x={drag.value.x} y={drag.value.y} name={drag.value.name} />}
      {dialog.value === "help" && <KeysHelp keys={SHORTCUTS} onClose={() => (dialog.value = null)} />}
      {dialog.value === "scene" && <SceneDialog />}
    </>
  );
}

function title(): string {
  return [say(WORDS.title), wall.value?.name].filter(Boolean).join(": ");
}
