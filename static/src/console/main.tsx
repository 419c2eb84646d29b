import "./console.css";
import "./handover.css";
import "./public.css";
import "./steering.css";
import { render } from "preact";
import { App } from "./app";
import { keepNotesFresh } from "./handovers";
import { keepPublicFresh } from "./public";
import { keepTemporaryFresh } from "./temporary";
import { keepFresh } from "../shared/fresh";
import { refresh } from "../shared/site";

render(<App />, document.body);
void keepFresh(refresh);
void keepNotesFresh();
void keepPublicFresh();
void keepTemporaryFresh();
