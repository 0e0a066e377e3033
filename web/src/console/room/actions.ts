/**
 * What an operator can do to a room: each action as a request, and as the command that does the same.
 *
 * The pages send the request; `terminal.ts` writes both down for people.
 */

import { isPhone } from "../../shared/dialOuts";
import type { PlannedPersonBody } from "../../shared/shapes";
import type { Plan } from "../plan/draft";
import type { Asked } from "../service";

/** A request, and the arguments of `openrooms` that have the same effect; null if there is no such command. */
export interface Action {
  readonly asked: Asked;
  readonly command: readonly string[] | null;
}

/** A window's new begin and end, or the one that is left as it is. */
export interface Window {
  readonly validFrom: string;
  readonly validUntil: string;
}

/** A time from a moment until just before another one. */
export interface Span {
  readonly from: string;
  readonly until: string;
}

export interface Options {
  readonly title?: string;
  readonly waitingRoom?: string;
  readonly startsWith?: string;
  readonly extendBy?: number;
}

const MERGE_PATCH = { "Content-Type": "application/merge-patch+json" };
const ROOMS = "api-version=2025-03-13";

const part = encodeURIComponent;
const own = (room: string) => `/openrooms/rooms/${part(room)}`;
const rooms = (room: string, below = "") => `/rooms/${part(room)}${below}?${ROOMS}`;

const action = (asked: Asked, command: Action["command"] = null): Action => ({ asked, command });
const post = (path: string, command: Action["command"], body?: object): Action =>
  action({ method: "POST", path, ...(body ? { body } : {}) }, command);
const patch = (path: string, body: object, command: Action["command"]): Action =>
  action({ method: "PATCH", path, body, headers: MERGE_PATCH }, command);
const inCall = (room: string, person: string, deed: string, command: Action["command"], body?: object) =>
  post(`${own(room)}/call/participants/${part(person)}:${deed}`, command, body);

export const actions = {
  admit: (room: string, person: string) => inCall(room, person, "admit", ["participants", "admit", room, person]),
  admitAll: (room: string) => post(`${own(room)}/call:admitAll`, ["participants", "admit", room, "--all"]),
  decline: (room: string, person: string, reason: string) =>
    inCall(
      room,
      person,
      "decline",
      ["participants", "decline", room, person, ...(reason ? ["--reason", reason] : [])],
      reason ? { reason } : {},
    ),
  mute: (room: string, person: string) => inCall(room, person, "mute", ["participants", "mute", room, person]),
  unmutePhone: (room: string, person: string) => inCall(room, person, "unmute", null),
  removeFromCall: (room: string, person: string) =>
    inCall(
      room,
      person,
      "remove",
      isPhone(person) ? ["calls", "hang-up", room, person] : ["participants", "remove", room, person, "--call-only"],
    ),
  keepOut: (room: string, person: string) =>
    inCall(room, person, "remove", ["participants", "keep-out", room, person], { keepOut: true }),
  end: (room: string) => post(`${own(room)}/call:end`, ["calls", "end", room]),
  dial: (room: string, phoneNumber: string) =>
    post(`${own(room)}/call:dialOut`, ["calls", "dial", room, phoneNumber], { phoneNumber }),

  /** `validUntil` is the end that the operator saw, so that a repetition adds nothing. */
  extend: (room: string, minutes: number, validUntil: string) =>
    post(`${own(room)}/call:extend`, ["rooms", "extend", room, "--by", String(minutes)], { minutes, validUntil }),
  move: (room: string, window: Window) =>
    patch(rooms(room), window, [
      ...["rooms", "update", room],
      ...["--valid-from", window.validFrom, "--valid-until", window.validUntil],
    ]),
  allowPhones: (room: string, pstnDialOutEnabled: boolean) =>
    patch(rooms(room), { pstnDialOutEnabled }, [
      ...["rooms", "update", room],
      pstnDialOutEnabled ? "--pstn-dial-out" : "--no-pstn-dial-out",
    ]),
  setOptions: (room: string, options: Options) =>
    patch(own(room), options, ["visit", "update", room, ...changes(options)]),
  deleteRoom: (room: string) => action({ method: "DELETE", path: rooms(room) }, ["rooms", "delete", room]),

  /** `headers` make the request repeatable. */
  add: (room: string, person: Partial<PlannedPersonBody>, headers: Asked["headers"] = {}) =>
    action(
      { method: "POST", path: `${own(room)}/participants`, body: { participants: [person] }, headers },
      addCommand(room, person),
    ),
  putOnRoster: (room: string, person: string, role: string) =>
    patch(rooms(room, "/participants"), { participants: { [person]: { role } } }, [
      ...["participants", "put", room],
      `${person}=${role}`,
    ]),
  takeOffRoster: (room: string, person: string) =>
    patch(rooms(room, "/participants"), { participants: { [person]: null } }, ["participants", "remove", room, person]),
  name: (room: string, person: string, displayName: string) =>
    patch(own(room), { participants: { [person]: { displayName } } }, [
      ...["visit", "update", room],
      ...["--name", person, displayName],
    ]),
  invite: (room: string, rawId: string) =>
    post(`${own(room)}/invitations`, ["invite", "create", room, rawId], { rawId }),
  withdraw: (room: string, invitation: string) =>
    action({ method: "DELETE", path: `${own(room)}/invitations/${part(invitation)}` }, [
      ...["invite", "revoke", room],
      invitation,
    ]),
  why: (room: string, person: string) =>
    action({ method: "GET", path: `${own(room)}/why?rawId=${part(person)}` }, ["why", room, person]),

  allAttendance: (span: Span) =>
    action({ method: "GET", path: `/openrooms/attendance?${new URLSearchParams({ ...span })}` }, [
      ...["attendance", "--from", span.from],
      ...["--until", span.until],
    ]),
  allRefusals: (span: Span) =>
    action({ method: "GET", path: `/openrooms/refusals?${new URLSearchParams({ ...span })}` }, [
      ...["attendance", "--from", span.from],
      ...["--until", span.until, "--refused"],
    ]),
  refusals: (room: string) =>
    action({ method: "GET", path: `${own(room)}/refusals` }, ["attendance", room, "--refused"]),
  attendance: (room: string) => action({ method: "GET", path: `${own(room)}/attendance` }, ["attendance", room]),

  /** `headers` make the request repeatable. */
  plan: (body: Plan, headers: Asked["headers"] = {}) =>
    action({ method: "POST", path: "/openrooms/visits", body, headers }, planCommand(body)),
} as const;

/** Return the command of planning, or null if it cannot name somebody of this visit. */
function planCommand(plan: Plan): Action["command"] {
  const people = plan.participants.map(guest);
  if (!plan.validFrom || !plan.validUntil || people.some((one) => one === null)) return null;
  const minutes = Math.round((Date.parse(plan.validUntil) - Date.parse(plan.validFrom)) / 60_000);
  return [
    ...["visit", "create"],
    ...option("--title", plan.title),
    ...people.flatMap((one) => one ?? []),
    ...["--from", plan.validFrom, "--for", `${minutes}m`],
    ...option("--waiting-room", plan.waitingRoom, "off"),
    ...option("--starts-with", plan.startsWith, "anyone"),
    ...option("--extend-by", plan.extendBy),
    ...(plan.pstnDialOutEnabled ? ["--pstn-dial-out"] : []),
  ];
}

/** Return the command of adding a person, or null if it cannot name them. */
function addCommand(room: string, person: Partial<PlannedPersonBody>): Action["command"] {
  const named = guest(person);
  return named && ["visit", "add", room, ...named];
}

/** Return the option that names a person to invite, or null if there is none. */
function guest({ role, displayName, rawId }: Partial<PlannedPersonBody>): string[] | null {
  const name = displayName ?? "";
  // The command would take such a name for an id.
  if (name.startsWith("8:") || (!name && !rawId)) return null;
  return [`--${(role ?? "Attendee").toLowerCase()}`, [name, rawId].filter(Boolean).join("=")];
}

/** Return the options of `visit update` that change what is given, also to nothing. */
const changes = ({ title, waitingRoom, startsWith, extendBy }: Options): string[] =>
  Object.entries({ title, "waiting-room": waitingRoom, "starts-with": startsWith, "extend-by": extendBy })
    .filter(([, value]) => value !== undefined)
    .flatMap(([name, value]) => [`--${name}`, String(value)]);

/** Return an option with its value, or nothing if the value is as usual. */
const option = (name: string, value: string | number | undefined, usual = ""): string[] =>
  !value || value === usual ? [] : [name, String(value)];
