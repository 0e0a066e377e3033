import { type FormEvent, useCallback, useId, useState } from "react";
import { Link, useLocation, useSearchParams } from "wouter";
import { moment } from "../shared/countdown";
import { useNow } from "../shared/useNow";
import { type Room, type State, stateOf } from "./rooms";
import { useMayWrite } from "./session";
import { PageHead } from "./shell/PageHead";
import { usePages } from "./usePages";
import { useRooms } from "./useRooms";

const FILTERS: readonly ("all" | State)[] = ["all", "open", "upcoming", "closed"];

/** All rooms; the filter is in the address, so that a reload keeps it. */
export function RoomList() {
  const api = useRooms();
  const mayWrite = useMayWrite();
  const [query, setQuery] = useSearchParams();
  const [, open] = useLocation();
  const filter = FILTERS.find((state) => state === query.get("state")) ?? "all";
  const load = useCallback((more: string | null) => api.rooms(more), [api]);
  const { items, problem, hasMore, loadMore, reload } = usePages(load);
  const now = useNow(api.now);
  const filtered = items?.filter((room) => filter === "all" || stateOf(room, now) === filter);

  return (
    <section className="card console">
      <PageHead title="Rooms">
        <div className="actions">
          {mayWrite && (
            <>
              <Link href="/rooms/new" className="button small primary">
                New visit
              </Link>
              <Link href="/rooms/import" className="button small">
                Several at once
              </Link>
            </>
          )}
          <button type="button" className="button small" onClick={() => void reload()}>
            Refresh
          </button>
        </div>
      </PageHead>
      <div className="console-tools">
        <fieldset className="filters">
          <legend className="visually-hidden">Show</legend>
          {FILTERS.map((state) => (
            <button
              key={state}
              type="button"
              className="button small"
              aria-pressed={filter === state}
              onClick={() => setQuery(state === "all" ? {} : { state })}
            >
              {state[0]?.toUpperCase()}
              {state.slice(1)}
            </button>
          ))}
        </fieldset>
        <Finder onFind={(id) => open(`/rooms/${id}`)} />
      </div>
      {problem && (
        <p className="warning" role="alert">
          {problem}
        </p>
      )}
      {filtered && <RoomTable rooms={filtered} now={now} />}
      {filtered?.length === 0 && (
        <p className="quiet">{items?.length ? "No such room among those loaded." : "There are no rooms yet."}</p>
      )}
      {hasMore && (
        <button type="button" className="button" onClick={() => void loadMore()}>
          Load more
        </button>
      )}
    </section>
  );
}

function Finder({ onFind }: { onFind: (id: string) => void }) {
  const id = useId();
  const [value, setValue] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onFind(value.trim());
  };
  return (
    <form className="finder" onSubmit={submit}>
      <label htmlFor={id} className="visually-hidden">
        Room id
      </label>
      <input
        id={id}
        inputMode="numeric"
        required
        pattern="\s*[0-9]+\s*"
        title="A room’s id is a number of 17 digits"
        placeholder="Room id"
        value={value}
        onChange={(event) => setValue(event.target.value)}
      />
      <button type="submit" className="button small">
        Open room
      </button>
    </form>
  );
}

interface TableProps {
  rooms: readonly Room[];
  now: number;
}

function RoomTable({ rooms, now }: TableProps) {
  const today = new Date(now);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reachable by keyboard
    <section className="scroll" aria-label="List of rooms" tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">Room</th>
            <th scope="col">State</th>
            <th scope="col">Opens</th>
            <th scope="col">Closes</th>
          </tr>
        </thead>
        <tbody>
          {rooms.map((room) => (
            <tr key={room.id}>
              <td>
                <Link href={`/rooms/${room.id}`}>{room.id}</Link>
              </td>
              <td>
                <StateChip state={stateOf(room, now)} />
              </td>
              <td>{moment(room.validFrom, today)}</td>
              <td>{moment(room.validUntil, today)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

export function StateChip({ state }: { state: State }) {
  return <span className={`chip ${state}`}>{state}</span>;
}
