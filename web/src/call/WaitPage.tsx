/** Shown while the page waits for an answer. */

import { text } from "../languages/text";
import { Heading } from "../shared/Frame";
import { NextTry } from "./NextTry";
import { Page } from "./Page";

interface Props {
  title: string;
  explanation?: string;
  nextTry?: number | null;
  onTry?: () => void;
  onLeave?: () => void;
}

export function WaitPage({ title, explanation, nextTry = null, onTry, onLeave }: Props) {
  return (
    <Page>
      <section className="card notice" aria-busy="true">
        <div className="spinner" aria-hidden="true" />
        <Heading>{title}</Heading>
        {explanation && <p>{explanation}</p>}
        <NextTry at={nextTry} />
        {(onTry || onLeave) && (
          <div className="actions">
            {onTry && (
              <button type="button" className="button primary" onClick={onTry} disabled={nextTry === null}>
                {text("wait.tryNow")}
              </button>
            )}
            {onLeave && (
              <button type="button" className="button" onClick={onLeave}>
                {text("wait.leave")}
              </button>
            )}
          </div>
        )}
      </section>
    </Page>
  );
}
