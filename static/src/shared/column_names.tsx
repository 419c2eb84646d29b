import type { Said } from "./language";
import { say } from "./session";

/** The heads of a table's columns, to stand in a row of its `thead`. */
export function ColumnNames({ words }: { words: readonly Said[] }) {
  return (
    <>
      {words.map((word) => (
        <th key={word.id} scope="col">
          {say(word)}
        </th>
      ))}
    </>
  );
}
