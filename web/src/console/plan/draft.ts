/** A visit as somebody types it, and the request that plans it. */

import type { PlanBody, PlannedPersonBody } from "../../shared/shapes";
import type { Room } from "../room/state";
import { MINUTE, momentField, nextQuarter, readMoment } from "../times";

export const ROLES = ["Presenter", "Collaborator", "Attendee", "Consumer"] as const;
export type Role = (typeof ROLES)[number];

/** The roles as choices: each is its own word. */
export const ROLE_WORDS = Object.fromEntries(ROLES.map((role) => [role, role])) as Record<Role, Role>;

export const isRole = (text: string): text is Role => (ROLES as readonly string[]).includes(text);

/** The body of planning; what is left out has its default. */
export type Plan = Partial<Omit<PlanBody, "participants">> & {
  readonly participants: readonly Partial<PlannedPersonBody>[];
};

/** One row of the form; a person who has a `rawId` is a user already. */
export interface DraftPerson {
  readonly key: string;
  readonly name: string;
  readonly role: Role;
  readonly rawId: string;
}

/** The title and the options, as typed. */
export interface OptionFields {
  readonly title: string;
  readonly waitingRoom: PlanBody["waitingRoom"];
  readonly startsWith: PlanBody["startsWith"];
  readonly extendBy: string;
  readonly allowsPhones: boolean;
}

/** The form, as typed; `from` is the text of a field in the operator's zone, `minutes` the length. */
export interface Draft extends OptionFields {
  readonly from: string;
  readonly minutes: string;
  readonly people: readonly DraftPerson[];
}

export const NO_OPTIONS: OptionFields = {
  title: "",
  waitingRoom: "off",
  startsWith: "anyone",
  extendBy: "0",
  allowsPhones: false,
};

/** Return the title and the options, besides telephones, as the service takes them. */
export const optionsOf = ({ title, waitingRoom, startsWith, extendBy }: OptionFields) => ({
  title: title.trim(),
  waitingRoom,
  startsWith,
  extendBy: Number(extendBy) || 0,
});

/** Return the options of a room as the fields of a form. */
export const optionFields = (room: Room): OptionFields => ({
  title: room.title,
  waitingRoom: room.waitingRoom,
  startsWith: room.startsWith,
  extendBy: String(room.extendBy),
  allowsPhones: room.allowsPhones,
});

export const LENGTH = 30;
// The service refuses more; https://learn.microsoft.com/rest/api/communication/rooms
const LONGEST = 180 * 24 * 60;

let people = 0;

export function newPerson(role: Role, name = "", rawId = ""): DraftPerson {
  people += 1;
  return { key: String(people), name, role, rawId };
}

/** Return the form that a new visit begins with, at `now` (ms). */
export const newDraft = (now: number): Draft => ({
  ...NO_OPTIONS,
  from: momentField(nextQuarter(now)),
  minutes: String(LENGTH),
  people: [newPerson("Presenter"), newPerson("Attendee")],
});

/** Return the form of a visit like this room, at `now` (ms): the same people, as long, at the next quarter. */
export const draftLike = (room: Room, now: number): Draft => ({
  ...optionFields(room),
  from: momentField(nextQuarter(now)),
  minutes: String(Math.round((room.validUntil.getTime() - room.validFrom.getTime()) / MINUTE)),
  people: room.people.map(({ name, role, rawId }) => newPerson(isRole(role) ? role : "Attendee", name, rawId)),
});

/** Return the draft as the body of planning, or what is wrong with it, in words. */
export function planOf(draft: Draft): Plan | string {
  const from = readMoment(draft.from);
  const minutes = Number(draft.minutes);
  if (!from) return "Say when the visit begins.";
  if (!Number.isInteger(minutes) || minutes < 1 || minutes > LONGEST)
    return "The length must be a whole number of minutes, at most 180 days.";
  // A row that nobody filled in invites nobody.
  const named = draft.people.filter(({ name, rawId }) => name.trim() || rawId.trim());
  if (named.length === 0) return "Name at least one person.";
  return {
    ...optionsOf(draft),
    validFrom: from.toISOString(),
    validUntil: new Date(from.getTime() + minutes * MINUTE).toISOString(),
    pstnDialOutEnabled: draft.allowsPhones,
    participants: named.map(({ name, role, rawId }) => ({
      displayName: name.trim(),
      role,
      ...(rawId.trim() ? { rawId: rawId.trim() } : {}),
    })),
  };
}
