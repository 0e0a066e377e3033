/** Notices that explain why a person is not in the call, and what to do. */

import { DisconnectReason } from "livekit-client";
import { moment } from "../shared/countdown";
import type { Refusal } from "../shared/http";

/** The action that the page offers with the text. */
export type WayOut = "join" | "ask again" | "none";

export type Picture = "clock" | "link" | "person" | "people" | "door" | "network" | "engine" | "phone";

export interface Notice {
  readonly picture: Picture;
  readonly title: string;
  /** One paragraph each. */
  readonly text: readonly string[];
  readonly wayOut: WayOut;
  readonly label: string;
  /** Seconds after which the page retries automatically. */
  readonly askAgainIn: number | null;
  /** The codes to tell the person who helps. */
  readonly reference: string;
}

export type Cause =
  | "bad link"
  | "not invited"
  | "too early"
  | "too late"
  | "no room"
  | "call full"
  | "wrong scope"
  | "not allowed"
  | "calls off"
  | "busy"
  | "unreachable";

const BY_SUB_CODE: Record<number, Cause> = { 4507: "bad link", 5828: "not invited", 5732: "no room" };
const BY_STATUS: Record<number, Cause> = { 0: "unreachable", 401: "bad link", 403: "not allowed", 404: "no room" };
const BY_CODE: Record<string, Cause> = {
  CallsOff: "calls off",
  CallFull: "call full",
  ScopeRefused: "wrong scope",
};

/** Return why the service refused; `now` is its time in milliseconds. */
export function causeOf(refusal: Refusal, now: number): Cause {
  if (refusal.subCode === 5829) {
    return refusal.validFrom && now < refusal.validFrom.getTime() ? "too early" : "too late";
  }
  return BY_SUB_CODE[refusal.subCode ?? -1] ?? BY_CODE[refusal.code] ?? BY_STATUS[refusal.status] ?? "busy";
}

const ask = (picture: Picture, title: string, ...text: string[]) => ({
  picture,
  title,
  text,
  wayOut: "ask again" as const,
  label: "Try again",
  askAgainIn: null,
});

const ORGANISER = "Ask whoever invited you for a new link.";

/** Return whether the refusal is temporary and not about this person or room, so that a retry may help. */
export function isPassing(refusal: Refusal, now: number): boolean {
  const cause = causeOf(refusal, now);
  return cause === "busy" || cause === "unreachable" || cause === "calls off";
}

type Words = Omit<Notice, "reference">;

const WORDS: Record<Cause, (refusal: Refusal, now: Date) => Words> = {
  "bad link": () => ({
    ...ask(
      "link",
      "This link no longer works",
      "It has expired, was withdrawn, or was not copied completely.",
      ORGANISER,
    ),
    wayOut: "none",
  }),
  "not invited": () =>
    ask(
      "person",
      "You are not on this room’s list",
      "Only invited people may enter, and this link’s identity is not among them.",
      "Ask the organiser to add you, then try again.",
    ),
  "too early": (refusal, now) =>
    ask("clock", "The room is not open yet", refusal.validFrom ? `It opens at ${moment(refusal.validFrom, now)}.` : ""),
  "too late": (refusal, now) =>
    ask(
      "clock",
      "This room has closed",
      refusal.validUntil ? `It was open until ${moment(refusal.validUntil, now)}.` : "Its time has ended.",
      "If you still need to meet, ask the organiser to extend it, then try again.",
    ),
  "no room": () => ({
    ...ask("door", "This room does not exist", "It was deleted, or the link is wrong.", ORGANISER),
    wayOut: "none",
  }),
  "call full": (refusal) => ({
    ...ask(
      "people",
      "The call is full",
      "It has reached its maximum number of people.",
      "This page tries again until there is room.",
    ),
    askAgainIn: refusal.retryAfter ?? 15,
  }),
  "wrong scope": () => ({
    ...ask("link", "This link may not join calls", "Its identity was created for another purpose.", ORGANISER),
    wayOut: "none",
  }),
  "not allowed": (refusal) => ask("person", "You may not join this call", refusal.message, ORGANISER),
  "calls off": (refusal) => ({
    ...ask(
      "engine",
      "Calls are not available now",
      "The service’s call engine is switched off or does not answer. This page tries again by itself.",
      "If that lasts, tell whoever runs the service.",
    ),
    askAgainIn: refusal.retryAfter ?? 10,
  }),
  busy: (refusal) => ({
    ...ask("engine", "The service is busy", "It could not answer just now. This page tries again by itself."),
    askAgainIn: refusal.retryAfter ?? 10,
  }),
  unreachable: () => ({
    ...ask(
      "network",
      "No connection",
      "The service could not be reached. Check your network. This page tries again by itself.",
    ),
    askAgainIn: 5,
  }),
};

/** Return the notice for a refusal before the call. */
export function refused(refusal: Refusal, now: number): Notice {
  const words = WORDS[causeOf(refusal, now)](refusal, new Date(now));
  const numbers = [refusal.status || "", refusal.subCode ?? refusal.code].filter(Boolean).join(" ");
  return { ...words, text: words.text.filter(Boolean), reference: numbers };
}

/** Return the notice for an incomplete link. */
export function incompleteLink(): Notice {
  return {
    picture: "link",
    title: "This link is incomplete",
    text: [
      "It should look like a long line that ends in many letters and digits. Copy all of it, or click it where you received it.",
      "The address that this page shows is not enough: it does not say who you are.",
    ],
    wayOut: "none",
    label: "",
    askAgainIn: null,
    reference: "",
  };
}

/** Return the notice for a person who left the call. */
export function left(): Notice {
  return {
    picture: "door",
    title: "You left the call",
    text: ["You can come back as long as the room is open."],
    wayOut: "join",
    label: "Rejoin",
    askAgainIn: null,
    reference: "",
  };
}

const ELSEWHERE: Words = {
  picture: "phone",
  title: "You joined somewhere else",
  text: ["The call goes on in the other tab or on the other device. You can be in it only once."],
  wayOut: "join",
  label: "Use it here instead",
  askAgainIn: null,
};

const REMOVED: Words = {
  picture: "person",
  title: "You were removed from the call",
  text: [
    "A presenter removed you. You are still on the room’s list, so you may come back unless they asked you not to.",
  ],
  wayOut: "join",
  label: "Rejoin",
  askAgainIn: null,
};

const ENDED: Words = {
  picture: "phone",
  title: "The call has ended",
  text: ["It was ended for everyone. The room is still open, so a new call can begin."],
  wayOut: "join",
  label: "Start again",
  askAgainIn: null,
};

const BY_REASON: Partial<Record<DisconnectReason, Words>> = {
  [DisconnectReason.DUPLICATE_IDENTITY]: ELSEWHERE,
  [DisconnectReason.PARTICIPANT_REMOVED]: REMOVED,
  [DisconnectReason.ROOM_DELETED]: ENDED,
  [DisconnectReason.ROOM_CLOSED]: ENDED,
};

const IN_CALL: Partial<Record<Cause, Partial<Words>>> = {
  "not invited": {
    title: "You are no longer on this room’s list",
    text: [
      "Your invitation was withdrawn, so the call is over for you.",
      "If that is a mistake, ask the organiser to add you again.",
    ],
  },
  "too late": { title: "Time is up: the room has closed" },
  "no room": { title: "The room was deleted", text: ["The call ended with it.", ORGANISER] },
  "bad link": {
    title: "Your link has ended",
    text: ["It expired or was withdrawn, so the call is over for you.", ORGANISER],
  },
};

/**
 * Return the notice for a call that ended for this person, or null if only the connection was lost.
 *
 * `refusal` is the service's current answer to the person; null if they may rejoin at once.
 */
export function parted(reason: DisconnectReason | undefined, refusal: Refusal | null, now: number): Notice | null {
  if (refusal && !isPassing(refusal, now)) return { ...refused(refusal, now), ...IN_CALL[causeOf(refusal, now)] };
  const words = reason === undefined ? undefined : BY_REASON[reason];
  return words ? { ...words, reference: "" } : null;
}

/** Return the notice for a connection that failed although the service admitted the person. */
export function unconnected(problem: string): Notice {
  return {
    ...ask(
      "network",
      "The call could not be connected",
      "The room is open, but sound and picture did not get through.",
      "A VPN or a strict firewall is the usual reason: try without it, or on another network.",
    ),
    wayOut: "join",
    reference: problem,
  };
}
