/** The links of planned visits, which nobody can ask for again. */

import type { PlannedModel } from "../../shared/shapes";
import { csv } from "../csv";
import type { Service } from "../service";

const HEADING = ["begins", "ends", "title", "name", "role", "link", "room", "raw id"];

/** Return the links as a file for spreadsheets: a line for each participant. */
export function linksAsCsv(visits: readonly PlannedModel[]): string {
  const lines = visits.flatMap((visit) =>
    visit.participants.map((person) => [
      visit.validFrom,
      visit.validUntil,
      visit.title,
      person.displayName,
      person.role,
      person.invitation.url,
      visit.id,
      person.rawId,
    ]),
  );
  return csv([HEADING, ...lines]);
}

const MADE = new WeakMap<Service, Map<string, string>>();

/** Return the links that this page has made, by the ids of their invitations. They stay in memory, for this operator. */
export function madeLinks(service: Service): Map<string, string> {
  const known = MADE.get(service) ?? new Map<string, string>();
  MADE.set(service, known);
  return known;
}
