import "./console.css";
import "./handover.css";
import "./public.css";
import "./steering.css";
import { render } from "preact";
import { App } from "./app";
import { firstDrawing } from "./first_drawing";
import { keepNotesFresh } from "./handovers";
import { keepPublicFresh } from "./public";
import { keepTemporaryFresh } from "./temporary";
import { keepFresh } from "../shared/fresh";
import { refresh } from "../shared/site";
import { stills } from "../shared/stills";

render(<App />, document.body);
void keepFresh(refresh);
void stills.after(firstDrawing);
void firstDrawing.then(() => Promise.all([keepNotesFresh(), keepPublicFresh(), keepTemporaryFresh()]));
