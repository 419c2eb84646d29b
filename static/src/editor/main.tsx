import "../shared/tokens.css";
import "../shared/controls.css";
import "../shared/page_head.css";
import "./editor.css";
import { render } from "preact";
import { keepFresh } from "../console/store";
import { App } from "./app";
import { watchCosts } from "./costs";
import { loadDraft } from "./drafts";
import { watchLeases } from "./leases";
import { loadPresets } from "./store";

render(<App />, document.body);
void keepFresh();
void loadPresets();
void loadDraft();
watchLeases();
watchCosts();
