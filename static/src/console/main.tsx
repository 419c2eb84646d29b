import "../shared/tokens.css";
import "../shared/controls.css";
import "../shared/page_head.css";
import "./console.css";
import "./public.css";
import { render } from "preact";
import { App } from "./app";
import { keepPublicFresh } from "./public";
import { keepFresh } from "./store";

render(<App />, document.body);
void keepFresh();
void keepPublicFresh();
