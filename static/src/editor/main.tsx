import "./editor.css";
import "./installation.css";
import { render } from "preact";
import { keepFresh } from "../shared/fresh";
import { keepScenes } from "../shared/kept_scenes";
import { watchOthers } from "../shared/others";
import { refresh } from "../shared/site";
import { keepTemporaryFresh } from "../shared/temporary";
import { App } from "./app";
import { watchCosts } from "./costs";
import { loadDraft } from "./drafts";
import { watchLeases } from "./leases";
import { mode, wallId } from "./now";
import { busy, loadPresets, said, selection } from "./store";

render(<App />, document.body);
void keepFresh(refresh);
void loadPresets();
void keepTemporaryFresh(wallId);
keepScenes();
void loadDraft();
watchLeases();
watchCosts();
// In a draft it is the draft's cell that is selected: what others do to the wall is said with the draft.
watchOthers(
  () => (mode.value === "live" ? selection.value.map((one) => ({ wall: wallId, ...one })) : []),
  () => busy.value,
  (_, words) => {
    said.value = words;
  },
);
