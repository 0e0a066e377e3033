import { Fragment, type ReactNode } from "react";
import { type Key, type Names, pieces } from "./text";

interface Props<K extends Key> {
  of: K;
  /** The elements in place of the names that the text contains. */
  values: Readonly<Record<Names<K>, ReactNode>>;
}

/** A text with elements in it, such as an emphasised time. */
export function Text<K extends Key>({ of, values }: Props<K>) {
  return pieces(of).map((piece, index) => (
    // A text never changes its order.
    // biome-ignore lint/suspicious/noArrayIndexKey: the place in the text is what identifies a piece
    <Fragment key={index}>{index % 2 ? <bdi>{values[piece as Names<K>]}</bdi> : piece}</Fragment>
  ));
}
