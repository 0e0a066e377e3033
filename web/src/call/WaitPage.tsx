/** Shown while the page waits for an answer. */

import { Frame, Heading } from "../shared/Frame";
import { NextTry } from "./NextTry";

interface Props {
  title: string;
  text?: string;
  nextTry?: number | null;
  onTry?: () => void;
  onLeave?: () => void;
}

export function WaitPage({ title, text, nextTry = null, onTry, onLeave }: Props) {
  return (
    <Frame>
      <section className="card notice" aria-busy="true">
        <div className="spinner" aria-hidden="true" />
        <Heading>{title}</Heading>
        {text && <p>{text}</p>}
        <NextTry at={nextTry} />
        {(onTry || onLeave) && (
          <div className="actions">
            {onTry && (
              <button type="button" className="button primary" onClick={onTry} disabled={nextTry === null}>
                Try now
              </button>
            )}
            {onLeave && (
              <button type="button" className="button" onClick={onLeave}>
                Leave
              </button>
            )}
          </div>
        )}
      </section>
    </Frame>
  );
}
