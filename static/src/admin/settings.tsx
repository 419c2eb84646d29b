import { useSignal } from "@preact/signals";
import { ColumnNames } from "../shared/column_names";
import { PAGE_WORDS } from "../shared/page_words";
import { say } from "../shared/session";
import { useTold } from "./told";
import { SOURCES, WORDS } from "./words";

interface Setting {
  readonly key: string;
  readonly value: unknown;
  readonly source: string;
  readonly secret: boolean;
  readonly set: boolean;
}

/** The settings that hold, and where each comes from; they are changed in config.yaml. */
export function Settings() {
  const { told: settings } = useTold<readonly Setting[]>("/api/settings");
  const onlyGiven = useSignal(false);
  const shown = (settings.value ?? []).filter(({ source }) => !onlyGiven.value || source !== "default");
  return (
    <section class="list" aria-label={say(WORDS.settings)}>
      <div class="bar">
        <p class="quiet">{say(WORDS.settingsHow)}</p>
        <label class="check bar-end">
          <input type="checkbox" checked={onlyGiven.value} onChange={() => (onlyGiven.value = !onlyGiven.value)} />
          {say(WORDS.onlyGiven)}
        </label>
      </div>
      {settings.value === null && <p class="sentence">{say(PAGE_WORDS.loading)}</p>}
      {settings.value && (
        <div class="scrolled" tabIndex={0}>
          <table class="plain">
            <thead>
              <tr>
                <ColumnNames words={[WORDS.setting, WORDS.value, WORDS.comesFrom]} />
              </tr>
            </thead>
            <tbody>
              {shown.map((setting) => (
                <tr key={setting.key}>
                  <th scope="row">
                    <code>{setting.key}</code>
                  </th>
                  <td>{valueText(setting)}</td>
                  <td class={setting.source === "default" ? "quiet" : ""}>
                    {say(SOURCES[setting.source] ?? { id: setting.source, en: setting.source })}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function valueText({ value, secret, set }: Setting): string {
  if (secret) return say(set ? WORDS.isSet : WORDS.isNotSet);
  if (value === null) return "–";
  if (typeof value === "boolean") return say(value ? WORDS.yes : WORDS.no);
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
