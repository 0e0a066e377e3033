/** Says why somebody is not in the call, and the way out. */

import { Frame, Heading } from "./Frame";
import { NextTry } from "./NextTry";
import type { Notice } from "./notices";

interface Props {
  notice: Notice;
  roomId: string | null;
  nextTry?: number | null;
  onWayOut?: () => void;
}

export function NoticePage({ notice, roomId, nextTry = null, onWayOut }: Props) {
  return (
    <Frame>
      <section className="card notice">
        <Heading>{notice.title}</Heading>
        {notice.text.map((paragraph) => (
          <p key={paragraph}>{paragraph}</p>
        ))}
        <NextTry at={nextTry} />
        {notice.wayOut !== "none" && (
          <div className="actions">
            <button type="button" className="button primary" onClick={onWayOut}>
              {notice.label}
            </button>
          </div>
        )}
        {roomId && (
          <p className="reference">
            Room {roomId}
            {notice.reference && ` · ${notice.reference}`}
          </p>
        )}
      </section>
    </Frame>
  );
}
