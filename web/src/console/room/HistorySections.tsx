/** What happened in a room, and who was in its calls; also of a room that was deleted. */

import { Download } from "lucide-react";
import { useCallback, useEffect, useMemo, useState } from "react";
import { Link } from "wouter";
import type { RefusalPage, StayPage } from "../../shared/shapes";
import { useNow } from "../../shared/useNow";
import { StayTable } from "../attendance/StayTable";
import { type Call, callsOf, staysAsCsv } from "../attendance/stays";
import { csvFile } from "../csv";
import { requests } from "../events/api";
import { EventRows } from "../events/EventRows";
import { duration, personText } from "../events/kinds";
import { type Feed, useEvents } from "../events/useEvents";
import type { RoomNames } from "../events/useRoomNames";
import { download } from "../files";
import { readPages } from "../paging";
import { Problem, Twins } from "../parts";
import { useService } from "../session";
import { shortMoment, windowText } from "../times";
import { useLoaded } from "../useLoaded";
import { actions } from "./actions";
import { failText } from "./rules";
import "../events/events.css";

interface Props {
  room: string;
  /** The names that the roster has; null if the room was deleted. */
  names: RoomNames | null;
}

// Of 100 each.
const MOST_PAGES = 20;
const SHOWN_AT_FIRST = 10;
const PRESENCE = "Microsoft.Communication.CallParticipant";
const REFUSED = "openrooms.join.refused";

export function HistorySections({ room, names }: Props) {
  const feed = useEvents({ room, types: NO_TYPES });
  const newest = (prefix: string) => feed.events?.find(({ type }) => type.startsWith(prefix))?.id ?? "";
  return (
    <>
      <Attendance room={room} names={names} news={newest(PRESENCE)} />
      <Refusals room={room} names={names} news={newest(REFUSED)} />
      <Events room={room} names={names} feed={feed} />
    </>
  );
}

const NO_TYPES: readonly string[] = [];

/** `news` changes when somebody came or left. */
function Attendance({ room, names, news }: Props & { news: string }) {
  const service = useService();
  const now = useNow(service.now);
  const action = actions.attendance(room);
  const path = action.asked.path;
  const load = useCallback(async () => {
    const pages = await readPages<StayPage>(service, path, MOST_PAGES);
    return { stays: pages.flatMap(({ value }) => value), hasMore: pages.at(-1)?.nextLink !== undefined };
  }, [service, path]);
  const { value, problem, reload } = useLoaded(load, { key: `attendance ${room}` });
  useEffect(() => {
    if (news) void reload();
  }, [news, reload]);
  const calls = useMemo(() => callsOf(value?.stays ?? []), [value]);
  const nameOf = (rawId: string) => names?.people.get(rawId) ?? "";
  const save = () => download(csvFile(staysAsCsv(value?.stays ?? [])), `attendance-${room}.csv`);
  return (
    <section aria-label="Attendance">
      <div className="console-head">
        <h2 tabIndex={-1}>Attendance</h2>
        {calls.length > 0 && (
          <button type="button" className="button small" onClick={save}>
            <Download aria-hidden /> CSV
          </button>
        )}
      </div>
      <Problem text={problem} />
      {value && calls.length === 0 && <p className="quiet">Nobody has been in its call.</p>}
      {calls.map((call) => (
        <div key={call.id} className="attended">
          <h3>{callText(call)}</h3>
          <StayTable label={`Who was in the call of ${callText(call)}`} stays={call.stays} nameOf={nameOf} now={now} />
        </div>
      ))}
      {value?.hasMore && <p className="warning">There are more; the command below has all.</p>}
      <Twins actions={[action]} name="Attendance" />
    </section>
  );
}

/** Who could not join, and why; nothing is shown if nobody was refused. */
function Refusals({ room, names, news }: Props & { news: string }) {
  const service = useService();
  const now = new Date(useNow(service.now));
  const action = actions.refusals(room);
  const path = action.asked.path;
  const load = useCallback(async () => {
    const pages = await readPages<RefusalPage>(service, path, MOST_PAGES);
    return pages.flatMap(({ value }) => value).toReversed();
  }, [service, path]);
  const { value, reload } = useLoaded(load, { key: `refusals ${room}` });
  useEffect(() => {
    if (news) void reload();
  }, [news, reload]);
  if (!value || value.length === 0) return null;
  return (
    <section aria-label="Could not join">
      <h2 tabIndex={-1}>Could not join</h2>
      <ul className="rows" aria-label="Who could not join">
        {value.map(({ rawId, rule, count, lastAt, displayName }) => (
          <li key={rawId + rule}>
            <span className="row-text">
              <Link href={`/users/${encodeURIComponent(rawId)}`}>
                {personText(rawId, displayName || (names?.people.get(rawId) ?? ""))}
              </Link>
              : {failText(rule)}
              <span className="row-people">
                {count === 1 ? "once" : `${count} times`}, last {shortMoment(new Date(lastAt), now)}
              </span>
            </span>
          </li>
        ))}
      </ul>
      <Twins actions={[action]} name="Could not join" />
    </section>
  );
}

function callText({ from, until, people }: Call): string {
  const count = people === 1 ? "1 person" : `${people} people`;
  if (!until) return `${windowText(from, from)}, lasts, ${count}`;
  return `${windowText(from, until)}, ${duration((until.getTime() - from.getTime()) / 1_000)}, ${count}`;
}

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
