import { Icon } from "./icons";
import type { Shut } from "./scope";
import { say } from "./session";
import { WHY_SHUT } from "./shut_words";

/** A lock, or that it is not theirs: nothing where it can be changed. What it says stands in the name of what it is on. */
export function ShutSign({ why }: { why: Shut | null }) {
  return (
    why && (
      <span class={`shut-sign ${why}`} title={say(WHY_SHUT[why])} aria-hidden="true">
        <Icon name={why === "locked" ? "lock" : "notTheirs"} />
      </span>
    )
  );
}
