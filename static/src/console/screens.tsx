import { Connection } from "../shared/connection";
import { say } from "../shared/session";
import { displayFacts } from "../shared/site";
import type { Display, Wall } from "../shared/walls";
import { WORDS } from "./words";

/** The displays of a wall: which of them are connected, and the way to pair one. */
export function Screens({ wall }: { wall: Wall }) {
  if (wall.displays.length === 0) return null;
  return (
    <ul class="screens" aria-label={say(WORDS.displays)}>
      {wall.displays.map((display) => (
        <Screen key={display.id} display={display} />
      ))}
    </ul>
  );
}

function Screen({ display }: { display: Display }) {
  const facts = displayFacts.value.get(display.id);
  return (
    <li>
      <span class="screen-name one-line">{display.name}</span>
      {/* Of those that are not theirs to see, somebody is told nothing. */}
      {facts && <Connection display={display} facts={facts} />}
    </li>
  );
}
