/** The types of events in words: what each is called, and what one of them says. Pure rules, without the DOM. */

import { describe } from "../../shared/dialOutWords";
import type { EventEnvelope, ResentModel } from "../../shared/shapes";
import { failText } from "../room/rules";
import { lengthText, windowText } from "../times";

/** Return the text with its first letter in the other case. */
const withFirst = (text: string, to: "toLowerCase" | "toUpperCase"): string => text.charAt(0)[to]() + text.slice(1);

/** Return the name of a person by their raw id; an empty text if it is not known. */
export type NameOf = (rawId: string) => string;

type Person = (rawId: string, typed?: string) => string;

interface Kind {
  /** What the filters call it. */
  readonly name: string;
  /** Return what an event with this data says; `person` returns the words for somebody. */
  readonly say: (data: Data, person: Person) => string;
}

/** The data of an event, with the fields of all types; docs/events-reference.md has those of each. */
interface Data {
  readonly user?: Named;
  readonly startedBy?: Named;
  readonly displayName?: string;
  readonly durationOfCall?: number;
  readonly room?: { readonly validFrom?: string; readonly validUntil?: string };
  readonly title?: string;
  readonly changed?: readonly (string | Member)[];
  readonly added?: readonly Member[];
  readonly removed?: readonly string[];
  readonly renamed?: readonly string[];
  readonly isTruncated?: boolean;
  readonly rawId?: string;
  readonly role?: string;
  readonly roleBefore?: string;
  readonly rule?: string;
  readonly reason?: string;
  readonly phoneNumber?: string;
  readonly outcome?: string;
  readonly secondsInCall?: number;
}

interface Named {
  readonly communicationIdentifier: { readonly rawId: string };
  readonly role?: string;
}

interface Member {
  readonly rawId: string;
  readonly role: string;
}

const SHORT_ID = 8;
const SECOND = 1_000;
const MINUTE = 60;
const FIELDS: Readonly<Record<string, string>> = {
  validFrom: "begin",
  validUntil: "end",
  pstnDialOutEnabled: "telephones",
  title: "title",
  waitingRoom: "waiting room",
  startsWith: "who begins",
  extendBy: "minutes that Presenters may add",
  extended: "minutes that Presenters have added",
};
const OUTCOMES_OF_PHONES = "ended";

const of = (named: Named | undefined, person: Person, typed?: string): string =>
  named ? person(named.communicationIdentifier.rawId, typed) : "Somebody";
const who = ({ rawId = "", displayName }: Data, person: Person): string => person(rawId, displayName);
const withRole = (text: string, role: string | undefined): string => (role ? `${text} (${role})` : text);
/** Return a length in seconds: `40 s`, `26 min`. */
export const duration = (seconds: number): string =>
  seconds < MINUTE ? `${Math.round(seconds)} s` : lengthText(seconds * SECOND);

function roomText(verb: string, { title, room }: Data): string {
  const window =
    room?.validFrom && room.validUntil ? windowText(new Date(room.validFrom), new Date(room.validUntil)) : "";
  return [`The room was ${verb}`, [title, window].filter(Boolean).join(", ")].filter(Boolean).join(": ");
}

function changeText(data: Data): string {
  const fields = (data.changed ?? []).map((field) => (typeof field === "string" ? (FIELDS[field] ?? field) : ""));
  const isMoved = fields.includes("begin") || fields.includes("end");
  const now = isMoved ? roomText("", { room: data.room ?? {} }).replace(/^[^:]*/u, "") : "";
  return `The room was changed (${fields.join(", ")})${now}`;
}

function rosterText(
  { added = [], changed = [], removed = [], renamed = [], isTruncated }: Data,
  person: Person,
): string {
  const roles = (members: readonly (string | Member)[]) =>
    members.map((one) => (typeof one === "string" ? person(one) : withRole(person(one.rawId), one.role))).join(", ");
  const parts = [
    added.length > 0 && `Invited: ${roles(added)}`,
    changed.length > 0 && `Role changed: ${roles(changed)}`,
    removed.length > 0 && `Uninvited: ${roles(removed)}`,
    renamed.length > 0 && `Named: ${roles(renamed)}`,
    isTruncated && "There are more",
  ].filter(Boolean);
  return parts.join(". ");
}

export const KINDS: Readonly<Record<string, Kind>> = {
  "Microsoft.Communication.CallStarted": {
    name: "Call began",
    say: (data, person) => `The call began, with ${of(data.startedBy, person)}`,
  },
  "Microsoft.Communication.CallEnded": {
    name: "Call ended",
    say: (data) => `The call ended after ${duration(data.durationOfCall ?? 0)}`,
  },
  "Microsoft.Communication.CallParticipantAdded": {
    name: "Joined",
    say: (data, person) => `${withRole(of(data.user, person, data.displayName), data.user?.role)} joined the call`,
  },
  "Microsoft.Communication.CallParticipantRemoved": {
    name: "Left",
    say: (data, person) => `${of(data.user, person, data.displayName)} left the call`,
  },
  "openrooms.join.refused": {
    name: "Refused",
    say: (data, person) => `${who(data, person)} could not join: ${failText(data.rule ?? "")}`,
  },
  "openrooms.waiting": { name: "Waits", say: (data, person) => `${who(data, person)} waits to be admitted` },
  "openrooms.admitted": { name: "Admitted", say: (data, person) => `${who(data, person)} was admitted` },
  "openrooms.declined": {
    name: "Declined",
    say: (data, person) => [`${who(data, person)} was declined`, data.reason].filter(Boolean).join(": "),
  },
  "openrooms.room.created": { name: "Room created", say: (data) => roomText("created", data) },
  "openrooms.room.updated": { name: "Room changed", say: changeText },
  "openrooms.room.opened": { name: "Room opened", say: () => "The room opened" },
  "openrooms.room.closed": { name: "Room closed", say: () => "The room closed" },
  "openrooms.room.deleted": { name: "Room deleted", say: () => "The room was deleted" },
  "openrooms.roster.changed": { name: "People invited or uninvited", say: rosterText },
  "openrooms.role.changed": {
    name: "Role changed",
    say: (data, person) => `${who(data, person)} is ${data.role} now, and was ${data.roleBefore}`,
  },
  "openrooms.phone.dialed": { name: "Telephone dialled", say: (data) => `${data.phoneNumber} is being called` },
  "openrooms.phone.answered": { name: "Telephone answered", say: (data) => `${data.phoneNumber} answered` },
  "openrooms.phone.ended": {
    name: "Telephone call ended",
    say: ({ phoneNumber = "", outcome = "", secondsInCall }) => {
      const became = describe({ state: OUTCOMES_OF_PHONES, outcome });
      const length = secondsInCall ? `, after ${duration(secondsInCall)}` : "";
      return `The call to ${phoneNumber} ended: ${withFirst(became, "toLowerCase")}${length}`;
    },
  },
};

/** The types by what they are about, as filters and subscriptions offer them. */
export const GROUPS: Readonly<Record<string, readonly string[]>> = {
  Calls: typesOf("Microsoft.Communication."),
  "The door": ["openrooms.join.refused", "openrooms.waiting", "openrooms.admitted", "openrooms.declined"],
  Rooms: typesOf("openrooms.room."),
  People: ["openrooms.roster.changed", "openrooms.role.changed"],
  Telephones: typesOf("openrooms.phone."),
};

function typesOf(prefix: string): string[] {
  return Object.keys(KINDS).filter((type) => type.startsWith(prefix));
}

/** Return what the filters call a type; a later version of the service may have more types. */
export const kindName = (type: string): string => KINDS[type]?.name ?? type;

/** Return the words for somebody: their name, or what tells them from others. */
export const personText = (rawId: string, name: string): string => name || `user …${rawId.slice(-SHORT_ID)}`;

/** Return what an event says, in a sentence without a full stop. */
export function say({ type, data }: Pick<EventEnvelope, "type" | "data">, nameOf: NameOf): string {
  const person: Person = (rawId, typed) => personText(rawId, nameOf(rawId) || typed || "");
  const kind = KINDS[type];
  return kind ? withFirst(kind.say(data as Data, person), "toUpperCase") : type;
}

/** Return to how many subscriptions an event is sent again. */
export function resentText({ subscriptions: { length } }: ResentModel): string {
  if (length === 0) return "No enabled subscription gets it, so it is not sent.";
  return `It is sent again to ${length === 1 ? "1 subscription" : `${length} subscriptions`}.`;
}

/** Return the room of an event. */
export const roomOf = ({ data }: Pick<EventEnvelope, "data">): string =>
  (data as { readonly room?: { readonly id?: string } }).room?.id ?? "";
