import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { type Fields, followed } from "./installing";

/** What is typed into a form about something that others change too, and how one field of it is set. */
export function useFields<Name extends string>(now: Fields<Name>): [Fields<Name>, (more: Partial<Fields<Name>>) => void] {
  const typed = useSignal(now);
  const before = useRef(now);
  useEffect(() => {
    typed.value = followed(typed.peek(), before.current, now);
    before.current = now;
  }, [JSON.stringify(now)]);
  return [
    typed.value,
    (more) => {
      typed.value = { ...typed.value, ...more };
    },
  ];
}

interface NumberParts {
  readonly label: string;
  readonly min: number;
  readonly max: number;
  readonly value: string;
  readonly onText: (text: string) => void;
}

export function NumberField({ label, min, max, value, onText }: NumberParts) {
  return (
    <label>
      {label}
      <input
        class="field"
        type="number"
        required
        min={min}
        max={max}
        value={value}
        onInput={(event) => onText(event.currentTarget.value)}
      />
    </label>
  );
}
