import "../shared/tokens.css";
import "../shared/controls.css";
import "../shared/page_head.css";
import "../shared/filters.css";
import "../shared/table.css";
import "../shared/tally.css";
import "./wall.css";
import { render } from "preact";
import { keepFresh } from "../shared/fresh";
import { refresh } from "../shared/site";
import { App } from "./app";

render(<App />, document.body);
void keepFresh(refresh);
