import type { Said } from "../shared/language";
import { PAGE_WORDS } from "../shared/page_words";
import { say } from "../shared/session";
import { Icon, type IconName } from "../shared/icons";
import { INSTALL_WORDS } from "./install_words";
import { draftable, mode, type Mode } from "./now";
import { mayInstall } from "./opened";
import { canRedo, canUndo, current, dialog, each, identify, merge, openUp, perform, redo, selection, split, toggleLock, undo, wall } from "./store";
import { WORDS } from "./words";

export function Toolbar() {
  const shown = wall.value;
  const at = current.value;
  const several = selection.value.length > 1;
  const open = at !== null && !at.cell.locked && !at.display.locked;
  const one = open && !several;
  const locked = at?.cell.locked ?? false;
  return (
    <div class="toolbar" role="toolbar" aria-label={say(WORDS.title)}>
      <Tool icon="undo" words={WORDS.undo} keys="Ctrl+Z" can={canUndo.value} onDo={undo} />
      <Tool icon="redo" words={WORDS.redo} keys="Ctrl+Y" can={canRedo.value} onDo={redo} />
      <span class="rule" />
      <Tool icon="splitAcross" words={WORDS.splitAcross} keys="H" can={one} onDo={() => split(2, 1)} />
      <Tool icon="splitDown" words={WORDS.splitDown} keys="V" can={one} onDo={() => split(1, 2)} />
      <Tool icon="splitFour" words={WORDS.splitFour} keys="X" can={one} onDo={() => split(2, 2)} />
      <Tool icon="merge" words={WORDS.merge} keys="G" can={several && open} onDo={merge} />
      <span class="rule" />
      <Tool icon={locked ? "unlock" : "lock"} words={locked ? WORDS.unlock : WORDS.lock} keys="L" can={at !== null} onDo={toggleLock} />
      <Tool icon="clear" words={WORDS.clear} keys="Del" can={open} onDo={() => each("clear", WORDS.clear)} />
      <Tool icon="remove" words={WORDS.remove} keys="Shift+Del" can={open} onDo={() => each("remove", WORDS.remove)} />
      <span class="rule" />
      {(shown?.displays.length ?? 0) > 1 && (
        <Tool icon="panorama" words={WORDS.panorama} can onDo={panorama} />
      )}
      {mayInstall.value && <Tool icon="wall" words={INSTALL_WORDS.wall} keys="W" can onDo={() => openUp("wall")} />}
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

function panorama(): void {
  const displays = wall.value?.displays.map(({ id }) => id) ?? [];
  void perform({ type: "panorama", displays }, WORDS.panorama);
}

function Tool(props: { icon: IconName; words: Said; keys?: string; can: boolean; onDo: () => void }) {
  const { icon, words, keys, can, onDo } = props;
  const name = say(words);
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={name}
      aria-keyshortcuts={keys?.replace("Ctrl", "Control").replace("Del", "Delete")}
      title={keys ? `${name} (${keys})` : name}
      aria-disabled={!can}
      onClick={() => can && onDo()}
    >
      <Icon name={icon} />
    </button>
  );
}
