import { RowTable } from "../shared/row_table";
import { language, now, say } from "../shared/session";
import { ShortName } from "../shared/short_name";
import { ToldSign } from "../shared/sign";
import { stateName, stateSentence } from "../shared/states";
import { durationText } from "../shared/durations";
import { shortMoment } from "../shared/time";
import type { Camera } from "./filters";
import { WORDS } from "./words";

const COLUMNS = [WORDS.state, WORDS.camera, WORDS.place, WORDS.cause, WORDS.since, WORDS.lasting, WORDS.seen];

/** Every camera in a row, worst first. */
export function CameraTable({ cameras }: { cameras: readonly Camera[] }) {
  const contracted = cameras.some(({ provider, contractor }) => provider !== "" || contractor !== "");
  const columns = contracted ? [...COLUMNS, WORDS.contracted] : COLUMNS;
  return (
    <RowTable kind={contracted ? "contracted" : ""} label={say(WORDS.cameras)} columns={columns} rowRem={2.75} rows={cameras}>
      {(camera, index) => <Row key={camera.id} camera={camera} index={index} contracted={contracted} />}
    </RowTable>
  );
}

function Row({ camera, index, contracted }: { camera: Camera; index: number; contracted: boolean }) {
  const { state, since_ms: since } = camera;
  const said = language.value;
  const isNamed = camera.name.includes(camera.lorong); // which most cameras in a lorong are after
  const place = [camera.district, isNamed ? "" : camera.lorong].filter(Boolean).join(" · ");
  const cause = state === "live" ? "" : stateSentence(state, camera, said);
  const seen = camera.seen_ms ?? camera.last_picture_ms;
  return (
    <div class="table-row" role="row" aria-rowindex={index}>
      <span class="row-state" role="cell">
        <ToldSign state={state} />
        {stateName(state, said)}
      </span>
      <span class="row-name" role="cell">
        <ShortName name={camera.name} />
      </span>
      <span class="quiet" role="cell" title={place}>
        {place}
      </span>
      <span role="cell" title={cause}>
        {cause}
      </span>
      <span class="number" role="cell">
        {since === null ? "" : shortMoment(since, now.value, said)}
      </span>
      <span class="number" role="cell">
        {since === null ? "" : durationText(now.value - since, said)}
      </span>
      <span class="number quiet" role="cell">
        {state === "live" && !camera.visited ? say(WORDS.now) : seen === null ? say(WORDS.never) : agoText(seen)}
      </span>
      {contracted && (
        <span class="two-lines" role="cell">
          {camera.provider}
          <br />
          <span class="quiet">{camera.contractor}</span>
        </span>
      )}
    </div>
  );
}

export function agoText(at: number): string {
  return `${durationText(now.value - at, language.value)} ${say(WORDS.ago)}`;
}
