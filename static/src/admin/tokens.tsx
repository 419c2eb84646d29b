import { useSignal } from "@preact/signals";
import { ColumnNames } from "../shared/column_names";
import { ask } from "../shared/http";
import { dateTime } from "../shared/moments";
import { PAGE_WORDS } from "../shared/page_words";
import { language, say } from "../shared/session";
import { Confirm } from "../shared/confirm";
import { cameras, tell, tellProblem } from "./store";
import { TokenForm } from "./token_form";
import { cameraIn, type Token } from "./token_rows";
import { TOKEN_WORDS } from "./token_words";
import { useTold } from "./told";
import { ToldOnce } from "./told_once";
import { WORDS } from "./words";

/** Who gets pictures or figures without signing in: players and programs. */
export function Tokens() {
  const { told: tokens, read } = useTold<readonly Token[]>("/api/tokens");
  const making = useSignal(false);
  const made = useSignal<{ readonly label: string; readonly key: string } | null>(null);
  /** Asked about before it is withdrawn. */
  const leaving = useSignal<Token | null>(null);
  const withdraw = async ({ id }: Token): Promise<void> => {
    try {
      await ask(`/api/tokens/${id}`, "DELETE");
      tell(TOKEN_WORDS.withdrawn);
    } catch (error) {
      tellProblem(error);
    }
    await read(); // somebody else may have withdrawn it
  };
  const asked = leaving.value;
  return (
    <div class={making.value ? "split has-side" : "split"}>
      <section class="list" aria-labelledby="tokens-title">
        <div class="bar">
          <h2 id="tokens-title">{say(TOKEN_WORDS.title)}</h2>
          <p class="quiet">{say(TOKEN_WORDS.how)}</p>
          <span class="bar-end">
            <button type="button" class="button" onClick={() => (making.value = true)}>
              {say(TOKEN_WORDS.make)}
            </button>
          </span>
        </div>
        {made.value && (
          <ToldOnce
            what={say(TOKEN_WORDS.tokenOf)}
            whose={made.value.label}
            secret={made.value.key}
            means={say(TOKEN_WORDS.toldOnce)}
            onClose={() => (made.value = null)}
          />
        )}
        {tokens.value === null && <p class="sentence">{say(PAGE_WORDS.loading)}</p>}
        {tokens.value?.length === 0 && <p class="sentence">{say(TOKEN_WORDS.none)}</p>}
        {tokens.value && tokens.value.length > 0 && <Table tokens={tokens.value} onWithdraw={(token) => (leaving.value = token)} />}
      </section>
      {making.value && (
        <TokenForm
          onClose={() => (making.value = false)}
          onMade={(label, key) => {
            made.value = { label, key };
            making.value = false;
            tell(TOKEN_WORDS.made);
            void read();
          }}
        />
      )}
      {asked && (
        <Confirm
          title={`${say(TOKEN_WORDS.withdraw)}: ${asked.label}?`}
          does={say(TOKEN_WORDS.withdraw)}
          onYes={() => void withdraw(asked)}
          onClose={() => (leaving.value = null)}
        >
          <p>{say(TOKEN_WORDS.withdrawMeans)}</p>
        </Confirm>
      )}
    </div>
  );
}

function Table({ tokens, onWithdraw }: { tokens: readonly Token[]; onWithdraw: (token: Token) => void }) {
  return (
    <div class="scrolled" tabIndex={0}>
      <table class="plain">
        <thead>
          <tr>
            <ColumnNames words={[TOKEN_WORDS.label, TOKEN_WORDS.kind, TOKEN_WORDS.opens, TOKEN_WORDS.by, WORDS.since]} />
            <td />
          </tr>
        </thead>
        <tbody>
          {tokens.map((token) => (
            <tr key={token.id}>
              <th scope="row">{token.label}</th>
              <td>{say(TOKEN_WORDS[token.kind])}</td>
              <td>
                <Opened token={token} />
              </td>
              <td>{token.made_by ?? "–"}</td>
              <td class="quiet nowrap">{dateTime(token.made_ms, language.value)}</td>
              <td>
                <button
                  type="button"
                  class="button plain"
                  aria-label={`${say(TOKEN_WORDS.withdraw)} ${token.label}`}
                  onClick={() => onWithdraw(token)}
                >
                  {say(TOKEN_WORDS.withdraw)}
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** What a token opens. */
function Opened({ token: { kind, stream } }: { token: Token }) {
  if (kind === "metrics") return <>{say(TOKEN_WORDS.figures)}</>;
  if (stream === null) return <>{say(TOKEN_WORDS.anyStream)}</>;
  return (
    <>
      {cameraIn(stream, cameras.value ?? [])} <code class="quiet nowrap">{stream}</code>
    </>
  );
}
