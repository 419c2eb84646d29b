import { useSignal, useSignalEffect } from "@preact/signals";
import type { Panel, PanelContent } from "../shared/walls";
import { language, say } from "../shared/session";
import { siteClock } from "../shared/site_clock";
import { isState, STATES, stateName } from "../shared/states";
import { Chip } from "./chip";
import { DistrictChoice } from "./district_choice";
import { Icon } from "../shared/icons";
import { shownHere } from "./store";
import { WORDS } from "./words";

const KINDS: readonly Panel["panel"][] = ["clock", "text", "image", "web", "states"];

/** Time zones that a control room in Indonesia asks for, its own first; any other one of the IANA database can be typed. */
const ZONES = [...new Set([siteClock.zone, "Asia/Makassar", "Asia/Jakarta", "Asia/Jayapura", "Etc/UTC"])];

/** Panels to be made and put on the wall; one that the selected cell shows already is put into the form. */
export function Panels() {
  const kind = useSignal<Panel["panel"]>("clock");
  const zone = useSignal(siteClock.zone);
  const text = useSignal("");
  const url = useSignal("");
  const district = useSignal("");
  const state = useSignal("");
  useSignalEffect(() => {
    const shown = shownHere.value;
    if (shown?.type !== "panel") return;
    kind.value = shown.panel;
    if (shown.panel === "clock") zone.value = shown.time_zone;
    if (shown.panel === "text") text.value = shown.text;
    if (shown.panel === "image" || shown.panel === "web") url.value = shown.url;
    if (shown.panel === "states") {
      district.value = shown.selector.district ?? "";
      state.value = shown.selector.state ?? "";
    }
  });
  const selector = { ...(district.value && { district: district.value }), ...(state.value && { state: state.value }) };
  const contents: Record<Panel["panel"], PanelContent> = {
    clock: { type: "panel", panel: "clock", time_zone: zone.value },
    text: { type: "panel", panel: "text", text: text.value },
    image: { type: "panel", panel: "image", url: url.value },
    web: { type: "panel", panel: "web", url: url.value },
    states: { type: "panel", panel: "states", selector },
  };
  const isUrl = kind.value === "image" || kind.value === "web";
  const whole = kind.value === "text" ? text.value !== "" : !isUrl || /^https?:\/\/\S+$/.test(url.value);
  return (
    <div class="library-body">
      <div class="kinds" role="radiogroup" aria-label={say(WORDS.panels)}>
        {KINDS.map((one) => (
          <button
            key={one}
            type="button"
            role="radio"
            class="kind"
            aria-checked={kind.value === one}
            onClick={() => {
              kind.value = one;
            }}
          >
            <Icon name={one} />
            {say(WORDS[one])}
          </button>
        ))}
      </div>
      <div class="form">
        {kind.value === "clock" && (
          <label>
            {say(WORDS.zone)}
            <input class="field" list="zones" value={zone.value} onInput={(e) => (zone.value = e.currentTarget.value)} />
            <datalist id="zones">
              {ZONES.map((name) => (
                <option key={name} value={name} />
              ))}
            </datalist>
          </label>
        )}
        {kind.value === "text" && (
          <label>
            {say(WORDS.text)}
            <textarea class="field" rows={4} maxLength={2000} value={text.value} onInput={(e) => (text.value = e.currentTarget.value)} />
          </label>
        )}
        {isUrl && (
          <label>
            {say(WORDS.address)}
            <input class="field" type="url" value={url.value} onInput={(e) => (url.value = e.currentTarget.value)} />
            <span class="quiet hint">{say(WORDS.onlyAllowed)}</span>
          </label>
        )}
        {kind.value === "states" && (
          <>
            <DistrictChoice value={district.value} onChoose={(one) => (district.value = one)} />
            <label>
              {say(WORDS.state)}
              <select class="field" value={state.value} onChange={(e) => (state.value = e.currentTarget.value)}>
                <option value="">{say(WORDS.any)}</option>
                {STATES.filter(isState).map((one) => (
                  <option key={one} value={one}>
                    {stateName(one, language.value)}
                  </option>
                ))}
              </select>
            </label>
          </>
        )}
      </div>
      {whole && (
        <div class="ed-rows">
          <Chip content={contents[kind.value]} icon={kind.value} note={say(WORDS.dragThis)} />
        </div>
      )}
    </div>
  );
}
