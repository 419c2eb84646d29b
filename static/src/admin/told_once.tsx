import { PAGE_WORDS } from "../shared/page_words";
import { say } from "../shared/session";
import { WORDS } from "./words";

interface Properties {
  /** "Password of". */
  readonly what: string;
  readonly whose: string;
  readonly secret: string;
  /** What has to be known of it. */
  readonly means: string;
  readonly onClose: () => void;
}

/** A secret that is told this once. */
export function ToldOnce({ what, whose, secret, means, onClose }: Properties) {
  return (
    <div class="given" role="status">
      <p>
        {what} <b>{whose}</b>: <code class="password">{secret}</code>
      </p>
      <p class="quiet">{means}</p>
      <div class="actions">
        <button type="button" class="button" onClick={() => void navigator.clipboard?.writeText(secret)}>
          {say(WORDS.copy)}
        </button>
        <button type="button" class="button" onClick={onClose}>
          {say(PAGE_WORDS.close)}
        </button>
      </div>
    </div>
  );
}
