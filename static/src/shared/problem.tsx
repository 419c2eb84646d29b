import { Sign } from "./sign";

/** What is wrong, said aloud when it appears; its place is there before. */
export function Problem({ text }: { text: string | null }) {
  return (
    <p class="problem" role="alert">
      {text && <Sign state="unreachable" />}
      {text}
    </p>
  );
}
