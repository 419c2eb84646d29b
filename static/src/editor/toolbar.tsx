import type { Command } from "../shared/commands";
import type { Said } from "../shared/language";
import { PAGE_WORDS } from "../shared/page_words";
import { say } from "../shared/session";
import { WHY_SHUT } from "../shared/shut_words";
import { Temporary } from "../shared/temporary";
import { Icon, type IconName } from "../shared/icons";
import { INSTALL_WORDS } from "./install_words";
import { draftable, isWhole, mode, type Mode } from "./now";
import {
  canRedo,
  canUndo,
  current,
  dialog,
  each,
  identify,
  merge,
  merging,
  openUp,
  perform,
  redo,
  selection,
  shutFor,
  split,
  splitting,
  toEach,
  toggleLock,
  undo,
  wall,
} from "./store";
import { WORDS } from "./words";

export function Toolbar() {
  const shown = wall.value;
  const at = current.value;
  const several = selection.value.length > 1;
  const half = several ? null : splitting(2, 1);
  const locked = at?.cell.locked ?? false;
  return (
    <div class="toolbar" role="toolbar" aria-label={say(WORDS.title)}>
      <Tool icon="undo" words={WORDS.undo} keys="Ctrl+Z" can={canUndo.value} onDo={undo} />
      <Tool icon="redo" words={WORDS.redo} keys="Ctrl+Y" can={canRedo.value} onDo={redo} />
      <span class="rule" />
      <Tool icon="splitAcross" words={WORDS.splitAcross} keys="H" does={half} onDo={() => split(2, 1)} />
      <Tool icon="splitDown" words={WORDS.splitDown} keys="V" does={half} onDo={() => split(1, 2)} />
      <Tool icon="splitFour" words={WORDS.splitFour} keys="X" does={half} onDo={() => split(2, 2)} />
      <Tool icon="merge" words={WORDS.merge} keys="G" does={merging()} onDo={merge} />
      <span class="rule" />
      <Tool icon={locked ? "unlock" : "lock"} words={locked ? WORDS.unlock : WORDS.lock} keys="L" does={at && toEach(locked ? "unlock" : "lock")} onDo={toggleLock} />
      <Tool icon="clear" words={WORDS.clear} keys="Del" does={at && toEach("clear")} onDo={() => each("clear", WORDS.clear)} />
      <Tool icon="remove" words={WORDS.remove} keys="Shift+Del" does={at && toEach("remove")} onDo={() => each("remove", WORDS.remove)} />
      <span class="rule" />
      {(shown?.displays.length ?? 0) > 1 && (
        <Tool icon="panorama" words={WORDS.panorama} does={panorama()} onDo={() => void perform(panorama(), WORDS.panorama)} />
      )}
      {isWhole.value && <Tool icon="wall" words={INSTALL_WORDS.wall} keys="W" can onDo={() => openUp("wall")} />}
      <Tool icon="identify" words={WORDS.identify} keys="I" can onDo={() => void identify()} />
      <Tool
        icon="help"
        words={PAGE_WORDS.help}
        keys="?"
        can
        onDo={() => {
          dialog.value = "help";
        }}
      />
      {shown && <Temporary wall={shown} />}
      {draftable.value && <ModeSwitch />}
    </div>
  );
}

const MODES: readonly (readonly [Mode, Said])[] = [
  ["live", WORDS.liveMode],
  ["draft", WORDS.draft],
];

/** Whether what is done here is on the displays at once, or in a draft. */
function ModeSwitch() {
  return (
    <fieldset class="segments modes">
      <legend class="visually-hidden">{say(WORDS.mode)}</legend>
      {MODES.map(([name, words]) => (
        <label key={name}>
          <input
            type="radio"
            name="mode"
            checked={mode.value === name}
            onChange={() => {
              mode.value = name;
            }}
          />
          <span>{say(words)}</span>
        </label>
      ))}
    </fieldset>
  );
}

function panorama(): Command {
  return { type: "panorama", displays: wall.value?.displays.map(({ id }) => id) ?? [] };
}

interface ToolProps {
  readonly icon: IconName;
  readonly words: Said;
  readonly keys?: string;
  /** Whether there is something to be done. */
  readonly can?: boolean;
  /** Instead: the command that it would be, null: there is none. Who may not give it is told why. */
  readonly does?: Command | null;
  readonly onDo: () => void;
}

function Tool({ icon, words, keys, does, can = does !== null, onDo }: ToolProps) {
  const shut = does ? shutFor(does) : null;
  const open = can && shut === null;
  const name = keys ? `${say(words)} (${keys})` : say(words);
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={say(words)}
      aria-keyshortcuts={keys?.replace("Ctrl", "Control").replace("Del", "Delete")}
      title={shut ? `${name}. ${say(WHY_SHUT[shut])}` : name}
      aria-disabled={!open}
      onClick={() => open && onDo()}
    >
      <Icon name={icon} />
    </button>
  );
}
