/** A day of visits by the hour, live. The day, the search and the filter are in the address. */

import { CalendarDays, ChevronLeft, ChevronRight } from "lucide-react";
import { useDeferredValue, useId, useMemo } from "react";
import { Link, Redirect, useLocation, useParams, useSearchParams } from "wouter";
import { day as dayText } from "../../languages/formats";
import { useNow } from "../../shared/useNow";
import { OneFieldForm } from "../fields";
import { useMayWrite, useService } from "../session";
import { PageHead } from "../shell/PageHead";
import { dayField, zoneText } from "../times";
import { byHour, dayOf, later, readDay } from "./day";
import { Timeline } from "./Timeline";
import { type Day, useDay } from "./useDay";
import { FILTER_WORDS, FILTERS, type Filter, isShown, type Visits } from "./visits";
import "./today.css";

const NAMES = Object.keys(FILTERS) as Filter[];

/** The page: the day of the address, or the present one. */
export function Today() {
  const service = useService();
  const now = useNow(service.now);
  const { day: text } = useParams<{ day?: string }>();
  const named = text === undefined ? null : readDay(text);
  if (text !== undefined && !named) return <Redirect to="/today" replace />;
  // The same object as long as it is the same day.
  return <DayPage key={text ?? "today"} text={dayField(named ?? dayOf(now))} now={now} />;
}

function DayPage({ text, now }: { text: string; now: number }) {
  const day = useMemo(() => readDay(text) ?? new Date(Number.NaN), [text]);
  const [query, setQuery] = useSearchParams();
  const search = query.get("q") ?? "";
  const filter = NAMES.find((name) => name === query.get("show")) ?? null;
  const isToday = day.getTime() === dayOf(now).getTime();
  const found = useDay(day, search);
  const put = (changes: Record<string, string>) => {
    const next = { ...(search && { q: search }), ...(filter && { show: filter }), ...changes };
    setQuery(Object.fromEntries(Object.entries(next).filter(([, value]) => value)), { replace: true });
  };
  return (
    <section className="card console today">
      <PageHead title={isToday ? "Today" : dayText(day)}>
        <DayLinks day={day} isToday={isToday} />
      </PageHead>
      <p className="quiet">
        {isToday && `${dayText(day)}. `}Times are in {zoneText(day)}.
      </p>
      <div className="console-tools">
        <Filters visits={found.visits} filter={filter} now={now} onFilter={(show) => put({ show: show ?? "" })} />
        <search>
          <OneFieldForm
            key={search}
            label="Title, name or room id"
            submit="Search"
            text={search}
            isLabelHidden
            onSubmit={(q) => put({ q })}
            onEmpty={() => put({ q: "" })}
            input={{ type: "search", maxLength: 200, placeholder: "Title, name or room id" }}
          />
        </search>
      </div>
      <Found day={day} found={found} filter={filter} search={search} now={now} isToday={isToday} />
    </section>
  );
}

function DayLinks({ day, isToday }: { day: Date; isToday: boolean }) {
  const id = useId();
  const [, open] = useLocation();
  const pathOf = (at: Date) => `/today/${dayField(at)}`;
  return (
    <nav className="day-links" aria-label="Days">
      <Link href={pathOf(later(day, -1))} className="button small" aria-label="Previous day">
        <ChevronLeft aria-hidden />
      </Link>
      {!isToday && (
        <Link href="/today" className="button small">
          Today
        </Link>
      )}
      <label htmlFor={id} className="visually-hidden">
        Day
      </label>
      <input
        id={id}
        type="date"
        required
        value={dayField(day)}
        onChange={(event) => event.target.value && open(`/today/${event.target.value}`)}
      />
      <Link href={pathOf(later(day, 1))} className="button small" aria-label="Next day">
        <ChevronRight aria-hidden />
      </Link>
    </nav>
  );
}

interface FiltersProps {
  visits: Visits | null;
  filter: Filter | null;
  now: number;
  onFilter: (filter: Filter | null) => void;
}

/** The filters with the number of visits of each. */
function Filters({ visits, filter, now, onFilter }: FiltersProps) {
  const all = [...(visits?.values() ?? [])];
  const count = (name: Filter | null) => all.filter((visit) => isShown(visit, name, now)).length;
  return (
    <fieldset className="filters">
      <legend className="visually-hidden">Show</legend>
      {[null, ...NAMES].map((name) => (
        <button
          key={name ?? "all"}
          type="button"
          className={name === "waiting" && count(name) > 0 ? "button small calls" : "button small"}
          aria-pressed={filter === name}
          onClick={() => onFilter(name)}
        >
          {name ? FILTER_WORDS[name] : "All"} {visits && <span className="count">{count(name)}</span>}
        </button>
      ))}
    </fieldset>
  );
}

interface FoundProps {
  day: Date;
  found: Day;
  filter: Filter | null;
  search: string;
  now: number;
  isToday: boolean;
}

/** The visits that were found, or why there are none to see. */
function Found({ day, found, filter, search, now, isToday }: FoundProps) {
  const mayWrite = useMayWrite();
  const { visits, hasMore, problem, reload } = found;
  // Many rows are drawn; typing and clicking go first.
  const late = useDeferredValue(visits);
  const minute = Math.floor(now / 5_000) * 5_000;
  const hours = useMemo(
    () =>
      byHour(
        [...(late?.values() ?? [])].filter((visit) => isShown(visit, filter, minute)),
        day,
      ),
    [late, filter, minute, day],
  );
  const waiting = [...(visits?.values() ?? [])].reduce((sum, visit) => sum + visit.waiting, 0);
  return (
    <>
      <div role="alert">
        {problem && (
          <p className="warning">
            {problem}{" "}
            <button type="button" className="button small" onClick={reload}>
              Try again
            </button>
          </p>
        )}
      </div>
      <p role="status" className="visually-hidden">
        {!visits && !problem && "The day is being loaded."}
        {waiting > 0 && `${waiting} ${waiting === 1 ? "person waits" : "people wait"} to be admitted.`}
      </p>
      {!visits && !problem && <Skeleton />}
      {hasMore && <p className="warning">There are more visits on this day than are shown. Search to find others.</p>}
      {hours.length > 0 && <Timeline hours={hours} now={now} showsNow={isToday} />}
      {visits && hours.length === 0 && (
        <div className="nothing">
          <CalendarDays aria-hidden />
          <p>{visits.size > 0 || search ? "No visit of this day matches." : "Nothing is planned on this day."}</p>
          {visits.size === 0 && !search && mayWrite && (
            <Link href="/rooms/new" className="button primary">
              Plan a visit
            </Link>
          )}
        </div>
      )}
    </>
  );
}

function Skeleton() {
  return (
    <div className="skeleton" aria-hidden>
      {["a", "b", "c", "d", "e"].map((name) => (
        <div key={name} />
      ))}
    </div>
  );
}
