import "./console.css";
import "./handover.css";
import "./public.css";
import "./steering.css";
import { render } from "preact";
import { App } from "./app";
import { overtaken, saving, selected } from "./desk";
import { firstDrawing } from "./first_drawing";
import { keepNotesFresh } from "./handovers";
import { keepPublicFresh } from "./public";
import { keepFresh } from "../shared/fresh";
import { keepScenes } from "../shared/kept_scenes";
import { watchOthers } from "../shared/others";
import { refresh } from "../shared/site";
import { stills } from "../shared/stills";
import { keepTemporaryFresh } from "../shared/temporary";

render(<App />, document.body);
void keepFresh(refresh);
watchOthers(
  () => (selected.value ? [selected.value] : []),
  () => saving.value !== null,
  (wall, words) => {
    overtaken.value = { wall, words };
  },
);
void stills.after(firstDrawing);
void firstDrawing.then(keepScenes);
void firstDrawing.then(() => Promise.all([keepNotesFresh(), keepPublicFresh(), keepTemporaryFresh()]));
