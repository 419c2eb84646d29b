import "../shared/tokens.css";
import "./display.css";
import { languageOf } from "../shared/language";
import { WallPage } from "./page";
import { forgetAccess, keptAccess, pair } from "./pairing";

const language = languageOf(location.search, null);
document.documentElement.lang = language;

/** Pairs if need be, shows the wall until the server no longer knows this display, and so on for ever. */
async function run(): Promise<never> {
  const forever = new AbortController().signal;
  for (;;) {
    const access = keptAccess() ?? (await pair(document.body, language, forever));
    await new WallPage(access, language).run(document.body);
    forgetAccess();
  }
}

void run();
