/** Explains why a person is not in the call, and what to do. */

import { Clock, DoorClosed, Link2Off, type LucideIcon, PhoneOff, ServerOff, Users, UserX, WifiOff } from "lucide-react";
import { text } from "../languages/text";
import { face } from "../shared/countdown";
import { useNow } from "../shared/useNow";
import { Card } from "./Card";
import { HelpLine } from "./Help";
import { NextTry } from "./NextTry";
import type { Notice, Picture } from "./notices";

const PICTURES: Record<Picture, LucideIcon> = {
  clock: Clock,
  link: Link2Off,
  person: UserX,
  people: Users,
  door: DoorClosed,
  network: WifiOff,
  engine: ServerOff,
  phone: PhoneOff,
};

interface Props {
  notice: Notice;
  roomId: string | null;
  nextTry?: number | null;
  onWayOut?: () => void;
  /** The service's time, in milliseconds. */
  now?: () => number;
}

export function NoticePage({ notice, roomId, nextTry = null, onWayOut = () => {}, now = Date.now }: Props) {
  return (
    <Card icon={PICTURES[notice.picture]} title={notice.title} hasHelp>
      {notice.text.map((paragraph) => (
        <p key={paragraph}>{paragraph}</p>
      ))}
      <HelpLine />
      <NextTry at={nextTry} />
      {notice.wayOut !== "none" && <WayOut notice={notice} act={onWayOut} clock={now} />}
      {roomId && (
        <p className="reference">
          {text("common.room", { id: roomId })}
          {notice.reference && ` · ${notice.reference}`}
        </p>
      )}
    </Card>
  );
}

function WayOut({ notice, act, clock }: { notice: Notice; act: () => void; clock: () => number }) {
  const now = useNow(clock);
  const left = notice.from ? notice.from.getTime() - now : 0;
  return (
    <>
      {left > 0 && <p className="quiet">{text("notice.declined.from", { left: face(left) })}</p>}
      <div className="actions">
        <button type="button" className="button primary" disabled={left > 0} onClick={act}>
          {notice.label}
        </button>
      </div>
    </>
  );
}
