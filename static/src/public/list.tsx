import { signal } from "@preact/signals";
import { CameraLinks } from "./camera_links";
import { type Camera, matching } from "./cameras";
import { MapPane } from "./map";
import { language, say, WORDS } from "./words";

/** Where there is room for both the map is there from the start; on a phone it comes when it is asked for. */
const WIDE = "(min-width: 60rem)";

const asked = signal("");
const mapOpen = signal(matchMedia(WIDE).matches);

/** All published cameras by name, and where they are. */
export function List({ all }: { readonly all: readonly Camera[] }) {
  const found = matching(all, asked.value);
  if (all.length === 0) return <p>{say(WORDS.none)}</p>;
  const somewhere = all.some(({ position }) => position !== null);
  const open = somewhere && mapOpen.value;
  return (
    <>
      <div class="finding">
        <label>
          <span class="visually-hidden">{say(WORDS.find)}</span>
          <input
            class="field"
            type="search"
            placeholder={say(WORDS.find)}
            value={asked.value}
            onInput={(event) => {
              asked.value = event.currentTarget.value;
            }}
          />
        </label>
        {somewhere && (
          <button class="button" type="button" aria-expanded={open} onClick={() => (mapOpen.value = !open)}>
            {say(open ? WORDS.hideMap : WORDS.showMap)}
          </button>
        )}
      </div>
      {open && <MapPane key={language.value} found={found} />}
      {found.length === 0 && <p>{say(WORDS.notFound)}</p>}
      <CameraLinks cameras={found} label={say(WORDS.title)} />
    </>
  );
}
