/** What happened in a room, and who was in its calls; also of a room that was deleted. */

import { useCallback, useState } from "react";
import { Link } from "wouter";
import { Attended, Refused } from "../attendance/Sections";
import { requests } from "../events/api";
import { EventRows } from "../events/EventRows";
import { type Feed, useEvents } from "../events/useEvents";
import type { RoomNames } from "../events/useRoomNames";
import { Problem, Twins } from "../parts";
import { actions } from "./actions";
import "../events/events.css";

interface Props {
  room: string;
  /** The names that the roster has; null if the room was deleted. */
  names: RoomNames | null;
}

const SHOWN_AT_FIRST = 10;
const PRESENCE = "Microsoft.Communication.CallParticipant";
const REFUSED = "openrooms.join.refused";

export function HistorySections({ room, names }: Props) {
  const feed = useEvents({ room, types: NO_TYPES });
  const nameOf = (rawId: string) => names?.people.get(rawId) ?? "";
  const newest = (prefix: string) => feed.events?.find(({ type }) => type.startsWith(prefix))?.id ?? "";
  return (
    <>
      <Attended
        action={actions.attendance(room)}
        nameOf={nameOf}
        news={newest(PRESENCE)}
        nothing="Nobody has been in its call."
        file={`attendance-${room}`}
      />
      <Refused action={actions.refusals(room)} nameOf={nameOf} news={newest(REFUSED)} />
      <Events room={room} names={names} feed={feed} />
    </>
  );
}

const NO_TYPES: readonly string[] = [];

function Events({ room, names, feed }: Props & { feed: Feed }) {
  const [showsAll, showAll] = useState(false);
  const { events, hasMore, problem, loadMore } = feed;
  const namesIn = useCallback(() => names ?? undefined, [names]);
  const shown = events?.slice(0, showsAll ? undefined : SHOWN_AT_FIRST);
  const hides = (events?.length ?? 0) > (shown?.length ?? 0);
  const more = () => {
    showAll(true);
    if (!hides) void loadMore();
  };
  return (
    <section aria-label="What happened">
      <div className="console-head">
        <h2 tabIndex={-1}>What happened</h2>
        <Link href={`/events?room=${room}`} className="button small">
          Filter
        </Link>
      </div>
      <Problem text={problem} />
      {shown && shown.length > 0 && <EventRows label="What happened, newest first" events={shown} namesIn={namesIn} />}
      {events?.length === 0 && <p className="quiet">There is no event of this room.</p>}
      {(hides || hasMore) && (
        <button type="button" className="button" onClick={more}>
          Show older ones
        </button>
      )}
      <Twins actions={[requests.events({ room, types: NO_TYPES })]} name="What happened" />
    </section>
  );
}
