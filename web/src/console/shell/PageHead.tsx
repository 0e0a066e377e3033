import { type ReactNode, useEffect } from "react";
import { Heading } from "../../shared/Frame";

interface Props {
  title: string;
  /** How many people want something; the name of the tab has it, too. */
  calls?: number;
  /** What stands at the end of the line, such as buttons. */
  children?: ReactNode;
}

/** The heading of a page, which also names its tab. */
export function PageHead({ title, calls = 0, children }: Props) {
  useEffect(() => {
    document.title = `${calls > 0 ? `(${calls}) ` : ""}${title} · openrooms`;
  }, [title, calls]);
  return (
    <div className="console-head">
      <Heading>{title}</Heading>
      {children}
    </div>
  );
}
