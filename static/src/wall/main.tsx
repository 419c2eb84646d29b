import "./wall.css";
import { render } from "preact";
import { keepFresh } from "../shared/fresh";
import { refresh } from "../shared/site";
import { App } from "./app";

render(<App />, document.body);
void keepFresh(refresh);
