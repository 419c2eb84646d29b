import "./display.css";
import { delay } from "../shared/backoff";
import { languageOf } from "../shared/language";
import { heldScreen } from "./held";
import { measureMachine } from "./machine";
import { pageIsThere, WallPage } from "./page";
import { forgetAccess, keptAccess, pair, pairByOneCode } from "./pairing";

const AGAIN_MS = 10_000;

const language = languageOf(location.search, null);
document.documentElement.lang = language;

const forever = new AbortController().signal;

/** Videos that wait for their first picture would hold the page's `load` back for ever: they begin after it. */
function loaded(): Promise<unknown> {
  if (document.readyState === "complete") return Promise.resolve();
  return new Promise((resolve) => window.addEventListener("load", resolve, { once: true }));
}

/**
 * Pairs if need be, shows the wall until the server no longer knows this display, and so on for ever. What it was is
 * forgotten where it is told so: a server that merely does not know it may have come back with an old database, or an
 * empty one, and somebody is putting that right.
 */
async function run(): Promise<never> {
  let held = heldScreen(language);
  if (held) document.body.replaceChildren(held);
  await loaded();
  for (let refused = false; ; held = null) {
    if (refused) await pairByOneCode(document.body, language, forever);
    const access = keptAccess() ?? (await pair(document.body, language, forever));
    refused = await new WallPage(access, language, await measureMachine(), held).run(document.body);
    if (!refused) forgetAccess();
  }
}

/**
 * Whatever went wrong, a wall that stands still with old pictures is worse than one that begins again; and a browser's
 * own page, which says that there is no server, is never a wall again.
 */
async function beginAgain(): Promise<void> {
  for (await delay(AGAIN_MS, forever); !(await pageIsThere()); await delay(AGAIN_MS, forever)) document.body.replaceChildren();
  location.reload();
}

run().catch((error: unknown) => {
  console.error("The page failed and begins again.", error);
  void beginAgain();
});
