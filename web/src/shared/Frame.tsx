/** The page layout of everything except the call itself. */

import { type ReactNode, useEffect, useRef } from "react";
import icon from "./icon.svg";

interface Props {
  children: ReactNode;
  wide?: boolean;
  /** What stands at the end of the header. */
  aside?: ReactNode;
}

export function Frame({ children, wide = false, aside }: Props) {
  return (
    <div className="frame">
      <header className="frame-brand">
        <img src={icon} alt="" width="28" height="28" />
        <span>openrooms</span>
        {aside}
      </header>
      <main className={wide ? "frame-main wide" : "frame-main"}>{children}</main>
    </div>
  );
}

/** A heading that takes the focus when it appears, so that screen readers start with it. */
export function Heading({ children, className }: { children: ReactNode; className?: string }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <h1 ref={heading} tabIndex={-1} className={className}>
      {children}
    </h1>
  );
}
