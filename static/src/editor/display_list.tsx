import { say } from "../shared/session";
import { Sign } from "../shared/sign";
import { displayFacts } from "../shared/site";
import type { Display } from "../shared/walls";
import { INSTALL_WORDS } from "./install_words";
import { isWhole } from "./now";
import { openedDisplay, openedPlace } from "./opened";
import { openUp, wall } from "./store";
import { WORDS } from "./words";

/** The wall's displays; who may change them opens one, or adds one. */
export function DisplayList() {
  return (
    <section>
      <h3>{say(WORDS.displays)}</h3>
      <ul class="display-list">
        {wall.value?.displays.map((display, index) => (
          <li key={display.id}>
            {isWhole.value ? (
              <button
                type="button"
                id={`display-${display.id}`}
                aria-current={openedDisplay.value?.id === display.id}
                onClick={() => openUp({ display: display.id })}
              >
                <Line display={display} number={index + 1} />
              </button>
            ) : (
              <Line display={display} number={index + 1} />
            )}
          </li>
        ))}
      </ul>
      {isWhole.value && !openedPlace.value && (
        <button type="button" class="button display-add" onClick={() => openUp({ place: null })}>
          {say(INSTALL_WORDS.addDisplay)}
        </button>
      )}
    </section>
  );
}

function Line({ display, number }: { display: Display; number: number }) {
  const connected = displayFacts.value.get(display.id)?.connected ?? 0;
  return (
    <>
      <span class="number">{number}</span>
      <span class="grow one-line">{display.name}</span>
      <span class="quiet">
        {display.width} × {display.height}
      </span>
      <Sign state={connected ? "live" : "off"} title={say(connected ? WORDS.connected : WORDS.notConnected)} />
    </>
  );
}
