/** Who was in the calls of all rooms, for some days; the days are in the address. */

import { useState } from "react";
import { useSearchParams } from "wouter";
import { FilterForm, TextField } from "../fields";
import { actions } from "../room/actions";
import { useService } from "../session";
import { PageHead } from "../shell/PageHead";
import { dayField, zoneText } from "../times";
import { later, readDay } from "../today/day";
import { Attended, Refused } from "./Sections";

interface Days {
  readonly from: string;
  /** The last day, which counts. */
  readonly until: string;
}

export function AttendancePage() {
  const service = useService();
  const [query, setQuery] = useSearchParams();
  const today = dayField(new Date(service.now()));
  const from = readDay(query.get("from") ?? "") ?? readDay(today) ?? new Date(Number.NaN);
  const last = laterDay(from, readDay(query.get("until") ?? "") ?? from);
  const days: Days = { from: dayField(from), until: dayField(last) };
  const span = { from: from.toISOString(), until: later(last, 1).toISOString() };
  const name = days.from === days.until ? days.from : `${days.from}-${days.until}`;
  return (
    <section className="card console">
      <PageHead title="Attendance" />
      <DaysForm key={name} days={days} onDays={(chosen) => setQuery({ ...chosen })} onToday={() => setQuery({})} />
      <p className="quiet">Who joined a call on these days. Times are in {zoneText(from)}.</p>
      <Attended
        key={`attended ${name}`}
        action={actions.allAttendance(span)}
        nameOf={nobody}
        isOfRooms
        nothing="Nobody was in a call."
        file={`attendance-${name}`}
      />
      <Refused key={`refused ${name}`} action={actions.allRefusals(span)} nameOf={nobody} isOfRooms />
    </section>
  );
}

const laterDay = (one: Date, other: Date): Date => new Date(Math.max(one.getTime(), other.getTime()));

/** Names of rosters are not asked for here; those of the calls have to do. */
const nobody = () => "";

interface FormProps {
  days: Days;
  onDays: (days: Days) => void;
  onToday: () => void;
}

function DaysForm({ days, onDays, onToday }: FormProps) {
  const [{ from, until }, set] = useState(days);
  return (
    <FilterForm onFilter={() => onDays({ from, until })} onClear={onToday}>
      <TextField
        label="From"
        type="date"
        required
        value={from}
        onChange={(day) => set({ from: day, until: [until, day].sort().at(-1) ?? day })}
      />
      <TextField
        label="Until, with this day"
        type="date"
        required
        min={from}
        value={until}
        onChange={(day) => set({ from, until: day })}
      />
    </FilterForm>
  );
}
