import type { ComponentChildren, LooseInputHTMLAttributes } from "preact";

interface LabelledParts {
  /** Of the field, which is the first of `children`. */
  readonly id: string;
  readonly label: string;
  readonly hint?: string | undefined;
  readonly children: ComponentChildren;
}

/** A field of a form: its name above it, and below it what has to be known to fill it in. */
export function Labelled({ id, label, hint, children }: LabelledParts) {
  return (
    <div class="labelled">
      <label for={id}>{label}</label>
      {children}
      {hint && <p class="hint">{hint}</p>}
    </div>
  );
}

interface FieldParts extends Omit<LooseInputHTMLAttributes, "class" | "label" | "onInput"> {
  readonly id: string;
  readonly label: string;
  readonly hint?: string;
  readonly value: string;
  readonly list?: string | undefined;
  readonly onText: (text: string) => void;
}

/** A line of text with its name; `children` stand right beneath it. Everything else is for the input itself. */
export function Field({ id, label, hint, onText, children, ...more }: FieldParts) {
  const attributes: object = more; // what Preact's types have of an input depends on a `type` that is written there
  return (
    <Labelled id={id} label={label} hint={hint}>
      <input {...attributes} id={id} class="field" onInput={(event) => onText(event.currentTarget.value)} />
      {children}
    </Labelled>
  );
}
