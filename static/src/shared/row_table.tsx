import type { ComponentChild } from "preact";
import { useRef } from "preact/hooks";
import type { Said } from "./language";
import { say } from "./session";
import { rem, spanOf, useBox } from "./virtual";

interface Parts<Row> {
  readonly label: string;
  /** What its columns' widths go by. */
  readonly kind?: string;
  readonly columns: readonly Said[];
  /** The height of a row. */
  readonly rowRem: number;
  readonly rows: readonly Row[];
  /** One of them with a key of its own; `index`: its `aria-rowindex`. */
  readonly children: (row: Row, index: number) => ComponentChild;
}

/** A table of thousands of rows of one height, of which only those that can be seen are elements. */
export function RowTable<Row>({ label, kind = "", columns, rowRem, rows, children }: Parts<Row>) {
  const box = useRef<HTMLDivElement>(null);
  const { scrolled, height } = useBox(box);
  const row = rowRem * rem();
  const { first, end } = spanOf(scrolled, height, row, rows.length);
  return (
    <div class={`table ${kind}`.trimEnd()} style={{ "--row": `${rowRem}rem` }} role="table" aria-label={label} aria-rowcount={rows.length + 1}>
      <div role="rowgroup">
        <div class="table-row table-head" role="row">
          {columns.map((word) => (
            <span key={word.id} role="columnheader">
              {say(word)}
            </span>
          ))}
        </div>
      </div>
      <div class="table-body" role="rowgroup" ref={box} tabIndex={0}>
        <div class="table-all" style={{ height: `${rows.length * row}px` }} role="presentation">
          <div style={{ transform: `translateY(${first * row}px)` }} role="presentation">
            {rows.slice(first, end).map((one, index) => children(one, first + index + 2))}
          </div>
        </div>
      </div>
    </div>
  );
}
