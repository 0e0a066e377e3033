import { DoorOpen, Users } from "lucide-react";
import { type CSSProperties, type KeyboardEvent, memo, useEffect, useRef } from "react";
import { Link } from "wouter";
import { span, timeOfDay } from "../../languages/formats";
import type { Hour } from "./day";
import { STATUS_WORDS, type Status, statusOf, type Visit } from "./visits";

interface Props {
  hours: readonly Hour[];
  now: number;
  showsNow: boolean;
}

/**
 * The visits by the hour. The arrow keys, Home and End move between them.
 *
 * The browser draws only the hours that are near (`content-visibility`), so hundreds of visits scroll smoothly, and its
 * own search still finds all of them.
 */
export function Timeline({ hours, now, showsNow }: Props) {
  const list = useRef<HTMLDivElement>(null);
  const hasNow = showsNow ? nowAfter(hours, now) : null;
  useEffect(() => {
    list.current?.querySelector(".now")?.scrollIntoView({ block: "center" });
  }, []);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the links inside take the focus
    <div ref={list} className="timeline" onKeyDown={moveFocus}>
      {hasNow === "" && <Now now={now} />}
      {hours.map(({ at, visits }) => (
        <section key={at ?? "earlier"} className="hour" style={sizeOf(visits.length)}>
          <h2>
            {at === null ? "Began earlier" : timeOfDay(at)} <span className="quiet">{visits.length}</span>
          </h2>
          <ul>
            {visits.map((visit) => (
              <li key={visit.id}>
                <Row visit={visit} status={statusOf(visit, now)} />
                {hasNow === visit.id && <Now now={now} />}
              </li>
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

/** Return the id of the last visit that has begun, after which the present time is drawn; empty if none has. */
function nowAfter(hours: readonly Hour[], now: number): string {
  const begun = hours.flatMap(({ visits }) => visits).filter(({ validFrom }) => validFrom <= now);
  return begun.at(-1)?.id ?? "";
}

function Now({ now }: { now: number }) {
  return (
    <p className="now">
      <span>Now, {timeOfDay(now)}</span>
    </p>
  );
}

function moveFocus(event: KeyboardEvent<HTMLDivElement>) {
  const links = [...event.currentTarget.querySelectorAll<HTMLElement>("a")];
  const place = links.indexOf(document.activeElement as HTMLElement);
  const target = { ArrowDown: place + 1, ArrowUp: place - 1, Home: 0, End: links.length - 1 }[event.key];
  if (place < 0 || target === undefined) return;
  event.preventDefault();
  links[target]?.focus();
  // What was not drawn before may have another size than expected, and move it.
  requestAnimationFrame(() => document.activeElement?.scrollIntoView({ block: "nearest" }));
}

/** Return from what the height of an hour that is not drawn is guessed. */
const sizeOf = (visits: number) => ({ "--visits": visits }) as CSSProperties;

/** One visit; drawn again only if it, or what there is to say of it, has changed. */
const Row = memo(({ visit, status }: { visit: Visit; status: Status }) => (
  <Link href={`/rooms/${visit.id}`} className={`visit ${status}`}>
    <span className="visit-time">{span(new Date(visit.validFrom), new Date(visit.validUntil))}</span>
    <span className="visit-text">
      <strong>{visit.title || `Room ${visit.id}`}</strong>
      <span className="quiet">{peopleText(visit)}</span>
    </span>
    <span className="visit-state">
      {visit.waiting > 0 && (
        <span className="chip waits">
          <DoorOpen aria-hidden /> {visit.waiting} waiting
        </span>
      )}
      {visit.inCall > 0 && (
        <span className="chip in">
          <Users aria-hidden /> {visit.inCall} in
        </span>
      )}
      {!(status === "waiting" || status === "inCall") && (
        <span className={`chip ${status}`}>
          {STATUS_WORDS[status]}
          {status === "early" && visit.lastLeft && `, ${timeOfDay(visit.lastLeft)}`}
        </span>
      )}
    </span>
  </Link>
));

function peopleText({ people, morePeople }: Visit): string {
  if (people.length === 0) return morePeople === 1 ? "1 person" : `${morePeople} people`;
  return people.join(", ") + (morePeople > 0 ? ` and ${morePeople} more` : "");
}
