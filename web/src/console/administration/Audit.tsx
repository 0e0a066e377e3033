import { useCallback, useState } from "react";
import { Link, useSearchParams } from "wouter";
import { ChoiceField, FilterForm, TextField } from "../fields";
import { Problem } from "../parts";
import { PageHead } from "../shell/PageHead";
import { momentField, readMoment } from "../times";
import { AUDIT_FILTERS, type AuditEvent, type AuditFilter } from "./api";
import { Table } from "./Table";
import { useAdministration } from "./useAdministration";
import { usePages } from "./usePages";

/** Who did what, and who was refused; the filters are in the address, so that a reload keeps them. */
export function Audit() {
  const api = useAdministration();
  const [query, setQuery] = useSearchParams();
  const text = query.toString();
  const load = useCallback((more: string | null) => api.audit(filterOf(text), more), [api, text]);
  const { items, problem, hasMore, loadMore, reload } = usePages(load);
  return (
    <section className="card console">
      <PageHead title="Audit trail">
        <button type="button" className="button small" onClick={() => void reload()}>
          Refresh
        </button>
      </PageHead>
      <Filters key={text} filter={filterOf(text)} onFilter={(filter) => setQuery(filter)} />
      <Problem text={problem} />
      {items && items.length > 0 && <Events events={items} />}
      {items?.length === 0 && (
        <p className="quiet">{hasMore ? "None among the newest events." : "There is no such event."}</p>
      )}
      {hasMore && (
        <button type="button" className="button" onClick={() => void loadMore()}>
          Load more
        </button>
      )}
    </section>
  );
}

/** Return the filters of a query, without what is empty or unknown. */
export function filterOf(query: string): AuditFilter {
  const given = new URLSearchParams(query);
  return Object.fromEntries(
    AUDIT_FILTERS.map((name) => [name, given.get(name) ?? ""]).filter(([, value]) => value),
  ) as AuditFilter;
}

interface FilterProps {
  filter: AuditFilter;
  onFilter: (filter: Record<string, string>) => void;
}

const OUTCOMES: Readonly<Record<string, string>> = { "": "any", done: "done", refused: "refused", failed: "failed" };
const TEXTS = [
  ["operation", "Operation", "create_room"],
  ["room", "Room id", ""],
  ["caller", "By whom", "key:…, openid:…, 8:acs:…"],
  ["user", "About whom", "8:acs:…"],
] as const;

function Filters({ filter, onFilter }: FilterProps) {
  const [values, setValues] = useState<AuditFilter>(filter);
  const set = (name: keyof AuditFilter) => (value: string) => setValues({ ...values, [name]: value.trim() });
  return (
    <FilterForm
      onFilter={() => onFilter(Object.fromEntries(Object.entries(values).filter(([, value]) => value)))}
      onClear={() => onFilter({})}
    >
      {(["from", "until"] as const).map((name) => (
        <TextField
          key={name}
          label={name === "from" ? "From" : "Until"}
          type="datetime-local"
          value={values[name] ? momentField(new Date(values[name])) : ""}
          onChange={(field) => set(name)(readMoment(field)?.toISOString() ?? "")}
        />
      ))}
      {TEXTS.map(([name, label, placeholder]) => (
        <TextField
          key={name}
          label={label}
          spellCheck={false}
          placeholder={placeholder}
          value={values[name] ?? ""}
          onChange={set(name)}
        />
      ))}
      <ChoiceField label="Outcome" options={OUTCOMES} value={values.outcome ?? ""} onChange={set("outcome")} />
    </FilterForm>
  );
}

function Events({ events }: { events: readonly AuditEvent[] }) {
  return (
    <Table label="Events, newest first" heads={["When", "What", "Outcome", "By whom", "About", "From"]}>
      {events.map((event) => (
        <tr key={`${event.time}${event.requestId ?? ""}${event.operation}`}>
          <td className="audit-time">{new Date(event.time).toLocaleString()}</td>
          <td>{event.operation}</td>
          <td>
            <span className={event.outcome === "done" ? "chip open" : "chip failed"}>
              {event.status} {event.outcome}
            </span>{" "}
            {event.reason}
          </td>
          <td>
            <code>{event.caller}</code>
          </td>
          <td>
            {event.room && <Link href={`/rooms/${event.room}`}>{event.room}</Link>}{" "}
            {event.user && (
              <Link href={`/users/${encodeURIComponent(event.user)}`}>
                <code>{event.user}</code>
              </Link>
            )}
          </td>
          <td>{event.client}</td>
        </tr>
      ))}
    </Table>
  );
}
