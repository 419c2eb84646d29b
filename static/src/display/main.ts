import "./display.css";
import { languageOf } from "../shared/language";
import { heldScreen } from "./held";
import { measureMachine } from "./machine";
import { WallPage } from "./page";
import { forgetAccess, keptAccess, pair, pairByOneCode } from "./pairing";

const language = languageOf(location.search, null);
document.documentElement.lang = language;

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
  const forever = new AbortController().signal;
  for (let refused = false; ; held = null) {
    if (refused) await pairByOneCode(document.body, language, forever);
    const access = keptAccess() ?? (await pair(document.body, language, forever));
    refused = await new WallPage(access, language, await measureMachine(), held).run(document.body);
    if (!refused) forgetAccess();
  }
}

// Whatever went wrong, a wall that stands still with old pictures is worse than one that begins again.
run().catch((error: unknown) => {
  console.error("The page failed and begins again in 10 s.", error);
  setTimeout(() => location.reload(), 10_000);
});
