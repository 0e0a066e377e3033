/** Visits that were planned, with the links of everyone; nobody can ask for the links again. */

import { Download } from "lucide-react";
import { Link } from "wouter";
import type { PlannedModel } from "../../shared/shapes";
import { csvFile } from "../csv";
import { download } from "../files";
import { CopyButton } from "../parts";
import { windowText } from "../times";
import { linksAsCsv } from "./links";

export function PlannedVisits({ visits }: { visits: readonly PlannedModel[] }) {
  if (visits.length === 0) return null;
  const save = () => download(csvFile(linksAsCsv(visits)), "links.csv");
  return (
    <section aria-label="Planned">
      <div className="console-head">
        <h2>{visits.length === 1 ? "The links" : `The links of ${visits.length} visits`}</h2>
        <button type="button" className="button small" onClick={save}>
          <Download aria-hidden /> All links as CSV
        </button>
      </div>
      <p className="quiet">
        Each person gets a link of their own. The service does not keep links: copy them now, or make new ones later.
      </p>
      {visits.map((visit) => (
        <Planned key={visit.id} visit={visit} />
      ))}
    </section>
  );
}

function Planned({ visit }: { visit: PlannedModel }) {
  const name = visit.title || `Room ${visit.id}`;
  return (
    <section aria-label={name} className="planned">
      <h3>
        <Link href={`/rooms/${visit.id}`}>{name}</Link>{" "}
        <span className="quiet">{windowText(new Date(visit.validFrom), new Date(visit.validUntil))}</span>
      </h3>
      <ul className="rows">
        {visit.participants.map((person) => (
          <li key={person.rawId}>
            <span className="row-text">
              <strong>{person.displayName || "No name given"}</strong> · {person.role}
              <code>{person.invitation.url}</code>
            </span>
            <CopyButton
              text={person.invitation.url}
              label="Copy link"
              name={`Copy link of ${person.displayName || person.rawId}`}
            />
          </li>
        ))}
      </ul>
    </section>
  );
}
