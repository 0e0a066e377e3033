/** The rooms by the begin of their windows: filtered and searched by the service, with the filter in the address. */

import { useCallback, useEffect, useId, useState } from "react";
import { Link, useSearchParams } from "wouter";
import type { VisitSummaryModel } from "../shared/shapes";
import { useNow } from "../shared/useNow";
import { Problem } from "./parts";
import { type Filter, filterOf, listRooms, queryOf, SHOWN, type Shown, type State, stateOf } from "./rooms";
import { useMayWrite, useService } from "./session";
import { PageHead } from "./shell/PageHead";
import { windowText } from "./times";
import { useLoaded } from "./useLoaded";

const LIVE = 10_000;
// Typing is faster than searching.
const TYPING = 250;
const NAMES: Readonly<Record<Shown, string>> = {
  next: "Open and upcoming",
  open: "Open",
  inCall: "In a call",
  waiting: "Waiting",
  upcoming: "Upcoming",
  ended: "Ended",
  all: "All",
};

export function RoomList() {
  const [query, setQuery] = useSearchParams();
  const filter = filterOf(query);
  return (
    <article className="card console">
      <PageHead title="Rooms">
        <NewLinks />
      </PageHead>
      <Filters
        filter={filter}
        onChange={(changed, replace) => setQuery(queryOf({ ...changed, pages: 1 }), { replace })}
      />
      <Results
        filter={filter}
        onMore={() => setQuery(queryOf({ ...filter, pages: filter.pages + 1 }), { replace: true })}
      />
    </article>
  );
}

function NewLinks() {
  if (!useMayWrite()) return null;
  return (
    <div className="actions">
      <Link href="/rooms/new" className="button small primary">
        New visit
      </Link>
      <Link href="/rooms/import" className="button small">
        Several at once
      </Link>
    </div>
  );
}

interface FiltersProps {
  filter: Filter;
  onChange: (filter: Filter, replace: boolean) => void;
}

function Filters({ filter, onChange }: FiltersProps) {
  const day = useId();
  return (
    <div className="console-tools">
      <fieldset className="filters">
        <legend className="visually-hidden">Show</legend>
        {SHOWN.map((shown) => (
          <button
            key={shown}
            type="button"
            className="button small"
            aria-pressed={filter.shown === shown}
            onClick={() => onChange({ ...filter, shown }, false)}
          >
            {NAMES[shown]}
          </button>
        ))}
      </fieldset>
      <search className="finder">
        <Search text={filter.search} onSearch={(search) => onChange({ ...filter, search }, true)} />
        <label htmlFor={day}>Day</label>
        <input
          id={day}
          type="date"
          value={filter.day}
          onChange={(event) => onChange({ ...filter, day: event.target.value }, true)}
        />
      </search>
    </div>
  );
}

function Search({ text, onSearch }: { text: string; onSearch: (text: string) => void }) {
  const id = useId();
  const [typed, setTyped] = useState(text);
  // The buttons of the browser change the address.
  useEffect(() => setTyped(text), [text]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only what is typed begins a search
  useEffect(() => {
    if (typed === text) return;
    const timer = setTimeout(() => onSearch(typed), TYPING);
    return () => clearTimeout(timer);
  }, [typed]);
  return (
    <>
      <label htmlFor={id} className="visually-hidden">
        Search
      </label>
      <input
        id={id}
        type="search"
        placeholder="Title, name or id"
        autoComplete="off"
        maxLength={200}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
    </>
  );
}

function Results({ filter, onMore }: { filter: Filter; onMore: () => void }) {
  const service = useService();
  const { shown, search, day, pages } = filter;
  const { value, problem } = useLoaded(
    useCallback(() => listRooms(service, { shown, search, day, pages }), [service, shown, search, day, pages]),
    { every: LIVE, key: `rooms ${JSON.stringify(filter)}` },
  );
  const now = useNow(service.now);
  return (
    <>
      <Problem text={problem} />
      <ul className="rows" aria-label="Rooms">
        {value?.rooms.map((room) => (
          <RoomRow key={room.id} room={room} now={now} />
        ))}
      </ul>
      {value?.rooms.length === 0 && !value.hasMore && <p className="quiet">No room is like this.</p>}
      {value?.hasMore && (
        <button type="button" className="button" onClick={onMore}>
          Load more
        </button>
      )}
    </>
  );
}

const SHOWN_NAMES = 4;

function RoomRow({ room, now }: { room: VisitSummaryModel; now: number }) {
  const [validFrom, validUntil] = [new Date(room.validFrom), new Date(room.validUntil)];
  const names = room.participants.map((person) => person.displayName).filter(Boolean);
  const others = room.participantCount - Math.min(names.length, SHOWN_NAMES);
  return (
    <li>
      <span className="row-text">
        <Link href={`/rooms/${room.id}`}>{room.title || `Room ${room.id}`}</Link>{" "}
        <span className="quiet">{windowText(validFrom, validUntil)}</span>
        <span className="row-people">
          {names.slice(0, SHOWN_NAMES).join(", ")}
          {others > 0 && (names.length ? ` and ${others} more` : `${others} invited`)}
        </span>
      </span>
      <span className="row-actions">
        {room.waitingCount > 0 && <span className="chip waiting">{room.waitingCount} waiting</span>}
        {room.inCallCount > 0 && <span className="chip open">{room.inCallCount} in the call</span>}
        <StateChip state={stateOf({ validFrom, validUntil }, now)} />
      </span>
    </li>
  );
}

export function StateChip({ state }: { state: State }) {
  return <span className={`chip ${state}`}>{state}</span>;
}
