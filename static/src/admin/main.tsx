import "./admin.css";
import { render } from "preact";
import { keepFresh } from "../shared/fresh";
import { App } from "./app";
import { refresh } from "./store";

render(<App />, document.body);
void keepFresh(refresh);
