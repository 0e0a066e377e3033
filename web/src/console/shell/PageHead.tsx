import { type ReactNode, useEffect } from "react";
import { Heading } from "../../shared/Frame";

interface Props {
  title: string;
  /** What stands at the end of the line, such as buttons. */
  children?: ReactNode;
}

/** The heading of a page, which also names its tab. */
export function PageHead({ title, children }: Props) {
  useEffect(() => {
    document.title = `${title} · openrooms`;
  }, [title]);
  return (
    <div className="console-head">
      <Heading>{title}</Heading>
      {children}
    </div>
  );
}
