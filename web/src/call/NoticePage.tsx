/** Explains why a person is not in the call, and what to do. */

import { Clock, DoorClosed, Link2Off, type LucideIcon, PhoneOff, ServerOff, Users, UserX, WifiOff } from "lucide-react";
import { LanguageField } from "../languages/LanguageField";
import { text } from "../languages/text";
import { Frame, Heading } from "../shared/Frame";
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
}

export function NoticePage({ notice, roomId, nextTry = null, onWayOut }: Props) {
  const Icon = PICTURES[notice.picture];
  return (
    <Frame aside={<LanguageField />}>
      <section className="card notice">
        <span className="picture" aria-hidden="true">
          <Icon />
        </span>
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
            {text("common.room", { id: roomId })}
            {notice.reference && ` · ${notice.reference}`}
          </p>
        )}
      </section>
    </Frame>
  );
}
