/** Who was in calls, and who could not join: of one room, or of all rooms for a time. */

import { Download } from "lucide-react";
import { useCallback, useEffect, useMemo } from "react";
import { Link } from "wouter";
import type { RefusalPage, StayPage } from "../../shared/shapes";
import { useNow } from "../../shared/useNow";
import { csvFile } from "../csv";
import { duration, personText } from "../events/kinds";
import { download } from "../files";
import { readPages } from "../paging";
import { Problem, Twins } from "../parts";
import type { Action } from "../room/actions";
import { failText } from "../room/rules";
import { useService } from "../session";
import { shortMoment, windowText } from "../times";
import { useLoaded } from "../useLoaded";
import { StayTable } from "./StayTable";
import { type Call, callsOf, staysAsCsv } from "./stays";
import "../events/events.css";

interface Props {
  /** The request that lists them. */
  action: Action;
  /** Return the name that a roster has for somebody, or an empty text. */
  nameOf: (rawId: string) => string;
  /** Changes when there may be more of them. */
  news?: string;
  /** Whether they are of several rooms, which are named then. */
  isOfRooms?: boolean;
}

interface AttendedProps extends Props {
  /** What is said if there was nobody. */
  nothing: string;
  /** The name of the file, without its ending. */
  file: string;
}

// Of 100 each.
const MOST_PAGES = 20;

/** Load a list, and again when there is news. */
function useList<T>(action: Action, news: string, load: (path: string) => Promise<T>) {
  const { path } = action.asked;
  const { value, problem, reload } = useLoaded(
    useCallback(() => load(path), [load, path]),
    { key: path },
  );
  useEffect(() => {
    if (news) void reload();
  }, [news, reload]);
  return { value, problem };
}

export function Attended({ action, nameOf, news = "", isOfRooms = false, nothing, file }: AttendedProps) {
  const service = useService();
  const now = useNow(service.now);
  const load = useCallback(
    async (path: string) => {
      const pages = await readPages<StayPage>(service, path, MOST_PAGES);
      return { stays: pages.flatMap(({ value }) => value), hasMore: pages.at(-1)?.nextLink !== undefined };
    },
    [service],
  );
  const { value, problem } = useList(action, news, load);
  const calls = useMemo(() => callsOf(value?.stays ?? []), [value]);
  const save = () => download(csvFile(staysAsCsv(value?.stays ?? [])), `${file}.csv`);
  return (
    <section aria-label="Attendance">
      <div className="console-head">
        <h2 tabIndex={-1}>{isOfRooms ? sumText(calls) : "Attendance"}</h2>
        {calls.length > 0 && (
          <button type="button" className="button small" onClick={save}>
            <Download aria-hidden /> CSV
          </button>
        )}
      </div>
      <Problem text={problem} />
      {value?.hasMore && <p className="warning">There are more; the command below has all.</p>}
      {value && calls.length === 0 && <p className="quiet">{nothing}</p>}
      {calls.map((call) => (
        <div key={call.id} className="attended">
          <h3>
            {isOfRooms && (
              <>
                <Link href={`/rooms/${call.roomId}`}>{call.title || `Room ${call.roomId}`}</Link>,{" "}
              </>
            )}
            {callText(call)}
          </h3>
          <StayTable
            label={`Who was in the call: ${[call.title, callText(call)].filter(Boolean).join(", ")}`}
            stays={call.stays}
            nameOf={nameOf}
            now={now}
          />
        </div>
      ))}
      <Twins actions={[action]} name="Attendance" />
    </section>
  );
}

/** Who could not join, and why; nothing is shown if nobody was refused. */
export function Refused({ action, nameOf, news = "", isOfRooms = false }: Props) {
  const service = useService();
  const now = new Date(useNow(service.now));
  const load = useCallback(
    async (path: string) => {
      const pages = await readPages<RefusalPage>(service, path, MOST_PAGES);
      return pages.flatMap(({ value }) => value).toReversed();
    },
    [service],
  );
  const { value } = useList(action, news, load);
  if (!value || value.length === 0) return null;
  return (
    <section aria-label="Could not join">
      <h2 tabIndex={-1}>Could not join</h2>
      <ul className="rows" aria-label="Who could not join">
        {value.map(({ roomId, rawId, rule, count, lastAt, displayName, title }) => (
          <li key={roomId + rawId + rule}>
            <span className="row-text">
              <Link href={`/users/${encodeURIComponent(rawId)}`}>
                {personText(rawId, displayName || nameOf(rawId))}
              </Link>
              : {failText(rule)}
              {isOfRooms && (
                <Link href={`/rooms/${roomId}`} className="event-room">
                  {title || `Room ${roomId}`}
                </Link>
              )}
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

const peopleText = (people: number): string => (people === 1 ? "1 person" : `${people} people`);

function callText({ from, until, people }: Call): string {
  if (!until) return `${windowText(from, from)}, lasts, ${peopleText(people)}`;
  return `${windowText(from, until)}, ${duration((until.getTime() - from.getTime()) / 1_000)}, ${peopleText(people)}`;
}

/** Return how many calls there were, with how many people. */
function sumText(calls: readonly Call[]): string {
  const people = new Set(calls.flatMap(({ stays }) => stays.map(({ rawId }) => rawId))).size;
  return `${calls.length === 1 ? "1 call" : `${calls.length} calls`}, ${peopleText(people)}`;
}
