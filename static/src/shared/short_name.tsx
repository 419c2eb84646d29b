import { leastHead, namedParts } from "./short_names";

/** A name on one line. Where it does not fit, its middle is left out; pointing at it shows all of it. */
export function ShortName({ name, class: more = "" }: { name: string; class?: string }) {
  return (
    <span class={`short-name ${more}`.trim()} style={{ "--least-head": leastHead(name) }} title={name}>
      {namedParts(name).map(([className, text]) => (
        <span key={className} class={className}>
          {text}
        </span>
      ))}
    </span>
  );
}
