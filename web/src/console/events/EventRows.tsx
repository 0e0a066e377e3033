/** Events as lines in words; each opens to its JSON. */

import { ChevronRight } from "lucide-react";
import { memo, useId, useState } from "react";
import { Link } from "wouter";
import type { EventEnvelope, ResentModel } from "../../shared/shapes";
import { CopyButton, Twins } from "../parts";
import { useMayWrite } from "../session";
import { asCurl } from "../terminal";
import { exactMoment } from "../times";
import { requests } from "./api";
import { kindName, type NameOf, resentText, roomOf, say } from "./kinds";
import { Resend } from "./Resend";
import type { RoomNames } from "./useRoomNames";

interface Props {
  label: string;
  events: readonly EventEnvelope[];
  /** The names in the room of an event. */
  namesIn: (room: string) => RoomNames | undefined;
  /** Whether each line names its room. */
  showsRoom?: boolean;
}

export function EventRows({ label, events, namesIn, showsRoom = false }: Props) {
  return (
    <ol className="rows events" aria-label={label}>
      {events.map((event) => (
        <EventRow key={event.id} event={event} names={namesIn(roomOf(event))} showsRoom={showsRoom} />
      ))}
    </ol>
  );
}

interface RowProps {
  event: EventEnvelope;
  names: RoomNames | undefined;
  showsRoom: boolean;
}

const EventRow = memo(({ event, names, showsRoom }: RowProps) => {
  const id = useId();
  const [isOpen, setOpen] = useState(false);
  const room = roomOf(event);
  const nameOf: NameOf = (rawId) => names?.people.get(rawId) ?? "";
  return (
    <li>
      <time className="quiet" dateTime={event.time}>
        {exactMoment(new Date(event.time))}
      </time>
      <span className="row-text">
        {say(event, nameOf)}
        {showsRoom && room && (
          <Link href={`/rooms/${room}`} className="event-room">
            {names?.title || `Room ${room}`}
          </Link>
        )}
      </span>
      <button
        type="button"
        className="button small opener"
        aria-expanded={isOpen}
        aria-controls={id}
        aria-label={`Details: ${kindName(event.type)}, ${exactMoment(new Date(event.time))}`}
        onClick={() => setOpen(!isOpen)}
      >
        <ChevronRight aria-hidden />
      </button>
      <div id={id} hidden={!isOpen} className="event-details">
        {isOpen && <EventDetails event={event} mayResend />}
      </div>
    </li>
  );
});

interface DetailsProps {
  event: EventEnvelope;
  /** Whether it can be sent again from here. */
  mayResend?: boolean;
}

/** The event as programs get it. */
export function EventDetails({ event, mayResend = false }: DetailsProps) {
  const mayWrite = useMayWrite();
  const action = requests.resendEvent(event.id);
  const text = JSON.stringify(event, null, 2);
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <pre tabIndex={0}>{text}</pre>
      <div className="row-actions">
        <CopyButton text={text} label="Copy JSON" />
        <CopyButton text={asCurl(requests.event(event.id), location.origin)} label="Copy as curl" />
        {mayResend && <Resend<ResentModel> label="Send again" action={action} said={resentText} />}
      </div>
      {mayResend && mayWrite && <Twins actions={[action]} name="Send again" />}
    </>
  );
}
