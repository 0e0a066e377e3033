/** The page layout of everything except the call itself. */

import { type ReactNode, useEffect, useRef } from "react";
import { Brand } from "./Brand";
import { isFramed } from "./framed";

interface Props {
  children: ReactNode;
  wide?: boolean;
  /** What stands at the end of the header. */
  aside?: ReactNode;
  /** What stands below the page. */
  foot?: ReactNode;
}

export function Frame({ children, wide = false, aside, foot }: Props) {
  return (
    <div className="frame">
      <header className="frame-brand">
        <Brand />
        {aside}
      </header>
      <main className={wide ? "frame-main wide" : "frame-main"}>{children}</main>
      {foot}
    </div>
  );
}

/** A heading that takes the focus when it appears, so that screen readers start with it. */
export function Heading({ children, className }: { children: ReactNode; className?: string }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    // The person may be writing something in the page around a frame.
    if (!isFramed() || document.hasFocus()) heading.current?.focus();
  }, []);
  return (
    <h1 ref={heading} tabIndex={-1} className={className}>
      {children}
    </h1>
  );
}
