import { PAGE_WORDS } from "../shared/page_words";
import { RowTable } from "../shared/row_table";
import { language, say } from "../shared/session";
import { Sign } from "../shared/sign";
import { stateName } from "../shared/states";
import { type Camera, cameras, found, place, typed } from "./store";
import { RISKS, WORDS } from "./words";

/** Every camera in a row; of thousands only those that can be seen are elements. */
export function CameraTable() {
  const all = cameras.value;
  return (
    <section class="list" aria-label={say(WORDS.cameras)}>
      <div class="bar">
        <label class="visually-hidden" for="search">
          {say(WORDS.search)}
        </label>
        <input
          id="search"
          class="field"
          type="search"
          autocomplete="off"
          placeholder={`${say(WORDS.search)} (/)`}
          value={typed.value}
          onInput={(event) => {
            typed.value = event.currentTarget.value;
          }}
        />
        <span class="quiet">
          {found.value.length.toLocaleString(language.value)} {say(WORDS.of)}{" "}
          {(all?.length ?? 0).toLocaleString(language.value)}
        </span>
        <span class="bar-end">
          <a class="button" href="/api/catalogue.csv" download="cameras.csv">
            {say(WORDS.export)}
          </a>
          <a class="button" href="#cameras/">
            {say(WORDS.newCamera)}
          </a>
        </span>
      </div>
      {all === null && <p class="sentence">{say(PAGE_WORDS.loading)}</p>}
      {all?.length === 0 && <p class="sentence">{say(WORDS.noCameras)}</p>}
      {all !== null && all.length > 0 && found.value.length === 0 && <p class="sentence">{say(WORDS.noMatch)}</p>}
      {found.value.length > 0 && (
        <RowTable
          kind="cameras-table"
          label={say(WORDS.cameras)}
          columns={[WORDS.camera, WORDS.place, WORDS.state, WORDS.risk, WORDS.carers, WORDS.masks]}
          rowRem={2.5}
          rows={found.value}
        >
          {(camera, index) => <Row key={camera.id} camera={camera} index={index} />}
        </RowTable>
      )}
    </section>
  );
}

function Row({ camera, index }: { camera: Camera; index: number }) {
  const isEdited = place.value.camera === camera.id;
  const where = [camera.district, camera.village, camera.lorong].filter(Boolean).join(" · ");
  const carers = [camera.provider, camera.contractor].filter(Boolean).join(", ");
  const go = (): void => {
    location.hash = `#cameras/${encodeURIComponent(camera.id)}`;
  };
  return (
    <div class={isEdited ? "table-row chosen" : "table-row"} role="row" aria-rowindex={index} onClick={go}>
      <span role="cell" class="two" title={camera.name}>
        <a href={`#cameras/${encodeURIComponent(camera.id)}`} aria-current={isEdited ? "true" : undefined}>
          {camera.name}
        </a>
        <span class="quiet">{camera.id}</span>
      </span>
      <span role="cell" class="quiet" title={where}>
        {where}
      </span>
      <span role="cell" class="with-sign">
        <Sign state={camera.state} />
        {stateName(camera.state, language.value)}
      </span>
      <span role="cell" class="with-sign">
        <i class={`risk risk-${camera.risk}`} />
        {say(RISKS[camera.risk])}
      </span>
      <span role="cell" class="quiet" title={carers}>
        {carers}
      </span>
      <span role="cell">{camera.masked ? say(WORDS.masked) : ""}</span>
    </div>
  );
}
