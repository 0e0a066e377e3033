/** Notices that explain why a person is not in the call, and what to do. */

import { DisconnectReason } from "livekit-client";
import { type Key, text, type With } from "../languages/text";
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
  /** When the way out begins to work; null if it does already. */
  readonly from: Date | null;
  /** Whether the page comes back by itself when the room says that the person may join. */
  readonly resumes: boolean;
  /** The codes to tell the person who helps. */
  readonly reference: string;
  readonly reason: Reason;
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
  | "unknown invitation"
  | "withdrawn"
  | "other browser"
  | "cancelled"
  | "busy"
  | "unreachable";

/** Why a person is not in the call. */
export type Reason =
  | Cause
  | "incomplete"
  | "left"
  | "ended"
  | "removed"
  | "kept out"
  | "declined"
  | "elsewhere"
  | "unconnected";

const BY_SUB_CODE: Record<number, Cause> = { 4507: "bad link", 5828: "not invited", 5732: "no room" };
const BY_STATUS: Record<number, Cause> = { 0: "unreachable", 401: "bad link", 403: "not allowed", 404: "no room" };
const BY_CODE: Record<string, Cause> = {
  InvitationUnknown: "unknown invitation",
  InvitationWithdrawn: "withdrawn",
  InvitationBound: "other browser",
  VisitCancelled: "cancelled",
  CallsOff: "calls off",
  CallFull: "call full",
  ScopeRefused: "wrong scope",
};

/** Return why the service refused; `now` is its time in milliseconds. */
export function causeOf(refusal: Refusal, now: number): Cause {
  if (refusal.subCode === 5829) {
    return refusal.validFrom && now < refusal.validFrom.getTime() ? "too early" : "too late";
  }
  return BY_CODE[refusal.code] ?? BY_SUB_CODE[refusal.subCode ?? -1] ?? BY_STATUS[refusal.status] ?? "busy";
}

type PlainKey = { [K in Key]: With<K> extends [] ? K : never }[Key];

/** Return a notice with the texts of these keys and *Try again*. */
const ask = (picture: Picture, title: PlainKey, ...paragraphs: PlainKey[]): Words => ({
  picture,
  title: text(title),
  text: paragraphs.map((key) => text(key)),
  wayOut: "ask again",
  label: text("common.tryAgain"),
  askAgainIn: null,
  from: null,
  resumes: false,
});

/** Return whether the refusal is temporary and not about this person or room, so that a retry may help. */
export function isPassing(refusal: Refusal, now: number): boolean {
  const cause = causeOf(refusal, now);
  return cause === "busy" || cause === "unreachable" || cause === "calls off";
}

type Words = Omit<Notice, "reference" | "reason">;

const WORDS: Record<Cause, (refusal: Refusal, now: Date) => Words> = {
  "bad link": () => ({ ...ask("link", "notice.badLink", "notice.badLink.text", "notice.askForLink"), wayOut: "none" }),
  "not invited": () => ask("person", "notice.notInvited", "notice.notInvited.text", "notice.notInvited.ask"),
  "too early": (refusal, now) => ({
    ...ask("clock", "notice.tooEarly"),
    text: refusal.validFrom ? [text("notice.tooEarly.text", { time: moment(refusal.validFrom, now) })] : [],
  }),
  "too late": (refusal, now) => ({
    ...ask("clock", "notice.tooLate"),
    text: [
      refusal.validUntil
        ? text("notice.tooLate.text", { time: moment(refusal.validUntil, now) })
        : text("notice.tooLate.unknown"),
      text("notice.tooLate.ask"),
    ],
    resumes: true,
  }),
  "no room": () => ({ ...ask("door", "notice.noRoom", "notice.noRoom.text", "notice.askForLink"), wayOut: "none" }),
  "unknown invitation": () => ({
    ...ask("link", "notice.unknownLink", "notice.unknownLink.text", "notice.askForLink"),
    wayOut: "none",
  }),
  withdrawn: () => ({
    ...ask("link", "notice.withdrawn", "notice.withdrawn.text", "notice.askForLink"),
    wayOut: "none",
  }),
  "other browser": () => ({
    ...ask("link", "notice.otherBrowser", "notice.otherBrowser.text", "notice.otherBrowser.ask"),
    wayOut: "none",
  }),
  cancelled: () => ({ ...ask("door", "notice.cancelled", "notice.cancelled.text"), wayOut: "none" }),
  "call full": (refusal) => ({
    ...ask("people", "notice.full", "notice.full.text", "notice.full.retries"),
    askAgainIn: refusal.retryAfter ?? 15,
  }),
  "wrong scope": () => ({
    ...ask("link", "notice.wrongScope", "notice.wrongScope.text", "notice.askForLink"),
    wayOut: "none",
  }),
  "not allowed": () => ask("person", "notice.notAllowed", "notice.notAllowed.text", "notice.askForLink"),
  "calls off": (refusal) => ({
    ...ask("engine", "notice.callsOff", "notice.callsOff.text", "notice.callsOff.tell"),
    askAgainIn: refusal.retryAfter ?? 10,
  }),
  busy: (refusal) => ({ ...ask("engine", "notice.busy", "notice.busy.text"), askAgainIn: refusal.retryAfter ?? 10 }),
  unreachable: () => ({ ...ask("network", "notice.unreachable", "notice.unreachable.text"), askAgainIn: 5 }),
};

/** Return the notice for a refusal before the call. */
export function refused(refusal: Refusal, now: number): Notice {
  const reason = causeOf(refusal, now);
  const words = WORDS[reason](refusal, new Date(now));
  const numbers = [refusal.status || "", refusal.subCode ?? refusal.code].filter(Boolean).join(" ");
  return { ...words, reference: numbers, reason };
}

const REJOIN = { wayOut: "join" as const, reference: "" };

/** Return the notice for an incomplete link. */
export const incompleteLink = (): Notice => ({
  ...ask("link", "notice.incomplete", "notice.incomplete.text", "notice.incomplete.address"),
  wayOut: "none",
  reference: "",
  reason: "incomplete",
});

/** Return the notice for an invitation's address without its secret. */
export const incompleteInvitation = (): Notice => ({
  ...ask("link", "notice.incomplete", "invitation.incomplete.text", "notice.askForLink"),
  wayOut: "none",
  reference: "",
  reason: "incomplete",
});

/** Return the notice for a person whom a Presenter declined; they may ask again from `mayAskAt` on. */
export const declined = (reason: string, mayAskAt: Date): Notice => ({
  ...ask("person", "notice.declined"),
  text: [reason ? text("notice.declined.reason", { reason }) : text("notice.declined.text")],
  ...REJOIN,
  label: text("notice.declined.askAgain"),
  from: mayAskAt,
  resumes: true,
  reason: "declined",
});

/** Return the notice for a person whom a Presenter removed and keeps out of this call. */
export const keptOut = (): Notice => ({
  ...ask("person", "notice.keptOut", "notice.keptOut.text", "notice.keptOut.ask"),
  wayOut: "none",
  reference: "",
  resumes: true,
  reason: "kept out",
});

/** Return the notice for a person who left the call. */
export const left = (): Notice => ({
  ...ask("door", "notice.left", "notice.left.text"),
  ...REJOIN,
  reason: "left",
  label: text("notice.rejoin"),
});

const elsewhere = (): Notice => ({
  ...ask("phone", "notice.elsewhere", "notice.elsewhere.text"),
  ...REJOIN,
  reason: "elsewhere",
  label: text("notice.elsewhere.useHere"),
});

const removed = (): Notice => ({
  ...ask("person", "notice.removed", "notice.removed.text"),
  ...REJOIN,
  reason: "removed",
  label: text("notice.rejoin"),
});

const ended = (): Notice => ({
  ...ask("phone", "notice.ended", "notice.ended.text"),
  ...REJOIN,
  reason: "ended",
  label: text("notice.ended.startAgain"),
});

const BY_REASON: Partial<Record<DisconnectReason, () => Notice>> = {
  [DisconnectReason.DUPLICATE_IDENTITY]: elsewhere,
  [DisconnectReason.PARTICIPANT_REMOVED]: removed,
  [DisconnectReason.ROOM_DELETED]: ended,
  [DisconnectReason.ROOM_CLOSED]: ended,
};

/** What is said differently to a person who was in the call. */
const IN_CALL: Partial<Record<Cause, () => Partial<Notice>>> = {
  "not invited": () => ({
    title: text("notice.notInvited.inCall"),
    text: [text("notice.notInvited.inCall.text"), text("notice.notInvited.inCall.ask")],
  }),
  "too late": () => ({ title: text("notice.tooLate.inCall") }),
  "no room": () => ({
    title: text("notice.noRoom.inCall"),
    text: [text("notice.noRoom.inCall.text"), text("notice.askForLink")],
  }),
  withdrawn: () => ({
    title: text("notice.badLink.inCall"),
    text: [text("notice.badLink.inCall.text"), text("notice.askForLink")],
  }),
  "bad link": () => ({
    title: text("notice.badLink.inCall"),
    text: [text("notice.badLink.inCall.text"), text("notice.askForLink")],
  }),
};

/**
 * Return the notice for a call that ended for this person, or null if only the connection was lost.
 *
 * `refusal` is the service's current answer to the person; null if they may rejoin at once.
 */
export function parted(reason: DisconnectReason | undefined, refusal: Refusal | null, now: number): Notice | null {
  if (refusal && !isPassing(refusal, now)) return { ...refused(refusal, now), ...IN_CALL[causeOf(refusal, now)]?.() };
  return reason === undefined ? null : (BY_REASON[reason]?.() ?? null);
}

/** Return the notice for a connection that failed although the service admitted the person. */
export const unconnected = (problem: string): Notice => ({
  ...ask("network", "notice.unconnected", "notice.unconnected.text", "notice.unconnected.network"),
  wayOut: "join",
  reference: problem,
  reason: "unconnected",
});
