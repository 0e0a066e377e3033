/** What happened in all rooms, the newest first, and live; the filter is in the address. */

import { Pause, Play } from "lucide-react";
import { useCallback, useState } from "react";
import { useSearchParams } from "wouter";
import { FilterForm, TextField } from "../fields";
import { Field, Problem, Twins } from "../parts";
import { PageHead } from "../shell/PageHead";
import { zoneText } from "../times";
import { type EventFilter, requests } from "./api";
import { EventRows } from "./EventRows";
import { GROUPS, kindName, roomOf } from "./kinds";
import { EventTabs } from "./Tabs";
import { useEvents } from "./useEvents";
import { useRoomNames } from "./useRoomNames";
import "./events.css";

export function Happened() {
  const [query, setQuery] = useSearchParams();
  const filter: EventFilter = { room: query.get("room") ?? "", types: query.getAll("type") };
  const text = query.toString();
  const [isLive, setLive] = useState(true);
  const { events, hasMore, problem, loadMore } = useEvents(filter, isLive);
  const names = useRoomNames((events ?? []).map(roomOf));
  const namesIn = useCallback((room: string) => names.get(room), [names]);
  return (
    <section className="card console">
      <PageHead title="Events">
        <button type="button" className="button small" onClick={() => setLive(!isLive)}>
          {isLive ? <Pause aria-hidden /> : <Play aria-hidden />} {isLive ? "Pause" : "Go on"}
        </button>
      </PageHead>
      <EventTabs />
      <Filters key={text} filter={filter} onFilter={(changed) => setQuery(queryOf(changed))} />
      <Problem text={problem} />
      <p className="quiet">
        The newest first{isLive ? "; new ones appear at once" : "; paused"}. Times are in {zoneText(new Date())}.
      </p>
      {events && <EventRows label="What happened, newest first" events={events} namesIn={namesIn} showsRoom />}
      {events?.length === 0 && (
        <p className="quiet">{hasMore ? "None among the newest events." : "There is no such event."}</p>
      )}
      {hasMore && (
        <button type="button" className="button" onClick={() => void loadMore()}>
          Load older ones
        </button>
      )}
      <Twins actions={[requests.events(filter)]} name="What happened" />
    </section>
  );
}

const queryOf = ({ room, types }: EventFilter) => [
  ...types.map((type): [string, string] => ["type", type]),
  ...(room ? [["room", room] as [string, string]] : []),
];

interface FilterProps {
  filter: EventFilter;
  onFilter: (filter: EventFilter) => void;
}

function Filters({ filter, onFilter }: FilterProps) {
  const [room, setRoom] = useState(filter.room);
  return (
    <FilterForm
      onFilter={() => onFilter({ ...filter, room: room.trim() })}
      onClear={() => onFilter({ room: "", types: [] })}
    >
      <Field label="What">
        {(field) => (
          <select
            id={field}
            value={filter.types.join(",")}
            onChange={(event) => onFilter({ room: room.trim(), types: event.target.value.split(",").filter(Boolean) })}
          >
            <TypeOptions types={filter.types} />
          </select>
        )}
      </Field>
      <TextField label="Room id" spellCheck={false} value={room} onChange={setRoom} />
    </FilterForm>
  );
}

/** The types by their groups; `types` is the choice of the address, which may be another one. */
function TypeOptions({ types }: { types: readonly string[] }) {
  const groups = Object.entries(GROUPS);
  const text = types.join(",");
  const isOther = types.length > 1 && !groups.some(([, all]) => all.join(",") === text);
  return (
    <>
      <option value="">Everything</option>
      {isOther && <option value={text}>{types.map(kindName).join(", ")}</option>}
      {groups.map(([group, all]) => (
        <optgroup key={group} label={group}>
          <option value={all.join(",")}>{group}: all</option>
          {all.map((type) => (
            <option key={type} value={type}>
              {kindName(type)}
            </option>
          ))}
        </optgroup>
      ))}
    </>
  );
}
