import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ask } from "../shared/http";
import { tellProblem } from "./store";

/** What the server tells at an address: null until it is there. `read`: once more. */
export function useTold<T>(path: string): { readonly told: Signal<T | null>; readonly read: () => Promise<void> } {
  const told = useSignal<T | null>(null);
  const read = async (): Promise<void> => {
    try {
      told.value = await ask<T>(path);
    } catch (error) {
      tellProblem(error);
    }
  };
  useEffect(() => void read(), []);
  return { told, read };
}
