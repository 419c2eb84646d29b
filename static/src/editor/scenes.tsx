import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { inBoth } from "../shared/language";
import { PAGE_WORDS } from "../shared/page_words";
import { isOn } from "../shared/kept_scenes";
import { say } from "../shared/session";
import { WHY_SHUT } from "../shared/shut_words";
import { Icon } from "../shared/icons";
import { submitting } from "../shared/submitting";
import { isWhole, wallId } from "./now";
import { digitFor } from "./scene_digits";
import { dialog, perform, recall, recalling, saveScene, shutFor, wall } from "./store";
import { freeId } from "./tours";
import type { Scene } from "../shared/walls";
import { WORDS } from "./words";

/** Scenes along the lower edge, each with its digit. */
export function Scenes() {
  const scenes = [...(wall.value?.scenes ?? [])].sort((a, b) => (a.key ?? 10) - (b.key ?? 10));
  const shut = isWhole.value ? null : say(WHY_SHUT.wholeWall);
  return (
    <nav class="scenes" aria-label={say(WORDS.scenes)}>
      {scenes.length === 0 && <span class="quiet">{say(WORDS.noScenes)}</span>}
      {scenes.map((scene) => (
        <span key={scene.id} class="scene">
          <Recall scene={scene} />
          <button
            type="button"
            class="icon-button"
            aria-label={`${say(WORDS.deleteScene)}: ${scene.name}`}
            title={shut ?? say(WORDS.deleteScene)}
            aria-disabled={shut !== null}
            onClick={() => shut === null && void perform({ type: "delete_scene", scene: scene.id }, inBoth`${WORDS.deleteScene}: ${scene.name}`)}
          >
            <Icon name="remove" />
          </button>
        </span>
      ))}
      <button
        type="button"
        class="button"
        title={shut ?? `${say(WORDS.saveScene)} (S)`}
        aria-disabled={shut !== null}
        onClick={() => shut === null && saveScene()}
      >
        {say(WORDS.saveScene)}
      </button>
    </nav>
  );
}

/** It is marked while the displays show it. */
function Recall({ scene }: { scene: Scene }) {
  const shut = shutFor(recalling(scene));
  const on = isOn(wallId, scene);
  return (
    <button
      type="button"
      aria-current={on ? "true" : undefined}
      aria-disabled={shut !== null}
      title={shut ? say(WHY_SHUT[shut]) : on ? say(WORDS.sceneOn) : undefined}
      onClick={() => !shut && recall(scene)}
    >
      {scene.key !== undefined && <kbd>{scene.key}</kbd>}
      {scene.name}
    </button>
  );
}

export function SceneDialog() {
  const element = useRef<HTMLDialogElement>(null);
  const scenes = wall.value?.scenes ?? [];
  const taken = new Map(scenes.map(({ key, name }) => [key, name]));
  const name = useSignal("");
  /** null: nobody has chosen one. */
  const chosen = useSignal<string | null>(null);
  const key = chosen.value ?? digitFor(name.value, scenes);
  useEffect(() => element.current?.showModal(), []);
  const submit = async (): Promise<void> => {
    // A scene of the same name is replaced.
    const same = scenes.find((scene) => scene.name === name.value);
    const id = same?.id ?? freeId(name.value, scenes.map((scene) => scene.id));
    const digit = key === "" ? {} : { key: Number(key) };
    const command = { type: "save_scene", scene: id, name: name.value, displays: [], ...digit } as const;
    element.current?.close();
    await perform(command, inBoth`${WORDS.saveScene}: ${name.value}`);
  };
  return (
    <dialog
      ref={element}
      class="dialog"
      aria-labelledby="scene-title"
      onClose={() => {
        dialog.value = null;
      }}
    >
      <form class="form" onSubmit={submitting(submit)}>
        <h2 id="scene-title">{say(WORDS.saveScene)}</h2>
        <label>
          {say(WORDS.sceneName)}
          <input
            class="field"
            id="scene-name"
            required
            maxLength={120}
            autocomplete="off"
            value={name.value}
            onInput={(event) => {
              name.value = event.currentTarget.value;
            }}
          />
        </label>
        <fieldset class="digits">
          <legend>{say(WORDS.sceneKey)}</legend>
          {["1", "2", "3", "4", "5", "6", "7", "8", "9", "0", ""].map((digit) => {
            const owner = digit === "" ? undefined : taken.get(Number(digit));
            const free = owner === undefined || owner === name.value;
            return (
              <label key={digit} title={free ? undefined : `${say(WORDS.taken)} ${owner}`}>
                <input
                  type="radio"
                  name="digit"
                  disabled={!free}
                  checked={key === digit}
                  onChange={() => {
                    chosen.value = digit;
                  }}
                />
                <span>{digit === "" ? say(WORDS.noKey) : digit}</span>
              </label>
            );
          })}
        </fieldset>
        <div class="task-actions">
          <button type="submit" class="button primary">
            {say(PAGE_WORDS.save)}
          </button>
          <button type="button" class="button" onClick={() => element.current?.close()}>
            {say(PAGE_WORDS.cancel)}
          </button>
        </div>
      </form>
    </dialog>
  );
}
