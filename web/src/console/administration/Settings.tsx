import { useCallback } from "react";
import { Problem } from "../parts";
import { useSession } from "../session";
import { PageHead } from "../shell/PageHead";
import { useLoaded } from "../useLoaded";
import type { Setting, Status } from "./api";
import { Table } from "./Table";
import { useAdministration } from "./useAdministration";

const LIVE = 10_000;

/** How the service does, which limits are being hit, the resources, and the settings in effect. */
export function Settings() {
  const api = useAdministration();
  const status = useLoaded(
    useCallback(() => api.status(), [api]),
    { every: LIVE },
  );
  const settings = useLoaded(useCallback(() => api.settings(), [api]));
  return (
    <section className="card console">
      <PageHead title="Settings and status" />
      <Problem text={status.problem || settings.problem} />
      {status.value && <Health status={status.value} />}
      {status.value && <Limits status={status.value} />}
      <Resources />
      {settings.value && <Effective settings={settings.value} />}
    </section>
  );
}

const PARTS = [
  ["Database", "database"],
  ["Calls (LiveKit)", "calls"],
] as const;

function Health({ status }: { status: Status }) {
  return (
    <section aria-label="Health">
      <h2>Health</h2>
      <dl className="service-facts" aria-live="polite">
        <dt>Version</dt>
        <dd>{status.version}</dd>
        {PARTS.map(([label, part]) => (
          <Part key={part} label={label} part={status[part]} />
        ))}
      </dl>
    </section>
  );
}

function Part({ label, part }: { label: string; part: Status["database"] }) {
  const chip = part.status === "ok" ? "chip open" : part.status === "failing" ? "chip failed" : "chip closed";
  const time = part.seconds ? ` in ${Math.max(1, Math.round(part.seconds * 1000))} ms` : "";
  return (
    <>
      <dt>{label}</dt>
      <dd>
        <span className={chip}>{part.status}</span>
        {time} {part.reason}
      </dd>
    </>
  );
}

const WORDS: Record<string, string> = {
  address: "Callers that are not known, of one address",
  person: "One user",
  refusal: "Refused requests of one user",
  operator: "One access key, token or session",
  resource: "The whole resource",
};

function Limits({ status }: { status: Status }) {
  return (
    <section aria-label="Limits">
      <h2>Limits</h2>
      <p>Counted by the process that answered, since it started. Others count for themselves.</p>
      <Table label="Limits of requests" heads={["Limit of", "Requests a second", "At once", "Refused"]}>
        {status.limits.map(({ name, rate, refused }) => {
          const [perSecond, burst] = rate.split(":");
          return (
            <tr key={name}>
              <td>{WORDS[name] ?? name}</td>
              <td>{perSecond}</td>
              <td>{burst}</td>
              <td>{refused > 0 ? <span className="chip failed">{refused}</span> : 0}</td>
            </tr>
          );
        })}
      </Table>
    </section>
  );
}

function Resources() {
  const { who, resource } = useSession();
  return (
    <section aria-label="Resources">
      <h2>Resources</h2>
      <Table label="Resources of your session" heads={["Host", "Id", "Your role"]}>
        {who.resources.map(({ id, host, role }) => (
          <tr key={id}>
            <td>
              {host || "any host"} {id === resource && <span className="chip open">shown now</span>}
            </td>
            <td>
              <code>{id}</code>
            </td>
            <td>{role}</td>
          </tr>
        ))}
      </Table>
      <p className="hint">
        <code>openrooms resources add HOST</code> and <code>remove</code> change them, on the machine of the service.
      </p>
    </section>
  );
}

function Effective({ settings }: { settings: readonly Setting[] }) {
  return (
    <section aria-label="Settings in effect">
      <h2>Settings in effect</h2>
      <Table label="List of settings" heads={["Setting", "Value"]}>
        {settings.map(({ name, value }) => (
          <tr key={name + value}>
            <td>
              <code>{name}</code>
            </td>
            <td>{value}</td>
          </tr>
        ))}
      </Table>
    </section>
  );
}
