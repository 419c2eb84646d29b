import "./editor.css";
import "./installation.css";
import { render } from "preact";
import { keepFresh } from "../shared/fresh";
import { refresh } from "../shared/site";
import { App } from "./app";
import { watchCosts } from "./costs";
import { loadDraft } from "./drafts";
import { watchLeases } from "./leases";
import { loadPresets } from "./store";

render(<App />, document.body);
void keepFresh(refresh);
void loadPresets();
void loadDraft();
watchLeases();
watchCosts();
