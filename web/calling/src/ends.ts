/** Why a call ended, as one table. The codes are Azure's, where it documents one.
 *
 * https://learn.microsoft.com/azure/communication-services/resources/troubleshooting/voice-video-calling/troubleshooting-codes
 */

import { DisconnectReason } from "livekit-client";
import type { Refusal } from "../../src/shared/http";
import type { CallEndReason } from "./types";

export type End = Required<Pick<CallEndReason, "code" | "subCode" | "message">>;

const end = (code: number, subCode: number, message: string): End => ({ code, subCode, message });

export const LEFT = end(0, 0, "You left the call.");
export const REMOVED = end(0, 5300, "A presenter removed you from the call.");
export const UNINVITED = end(0, 5317, "You were taken off the room's list.");
export const ENDED = end(0, 4097, "The call was ended for everyone.");
export const NOT_INVITED = end(403, 5828, "You are not on the room's list.");
export const OUTSIDE_WINDOW = end(403, 5829, "The room is not open.");
export const NO_ROOM = end(404, 5732, "There is no such room.");
export const BAD_TOKEN = end(495, 4507, "The token is not good, or no longer.");
export const ELSEWHERE = end(487, 10003, "You joined this call elsewhere.");
export const UNCONNECTED = end(410, 3112, "The media connection could not be opened.");
export const LOST = end(410, 3101, "The media connection was lost.");
export const UNREACHABLE = end(490, 4502, "The service did not answer.");

const BY_SUB_CODE: Record<number, End> = { 4507: BAD_TOKEN, 5732: NO_ROOM, 5828: NOT_INVITED, 5829: OUTSIDE_WINDOW };
const BY_STATUS: Record<number, End> = { 0: UNREACHABLE, 401: BAD_TOKEN, 404: NO_ROOM };

/** Return how a refusal to join ends the call. */
export function refused(refusal: Refusal): End {
  const known = BY_SUB_CODE[refusal.subCode ?? -1] ?? BY_STATUS[refusal.status];
  if (known) return known;
  // Microsoft's UI library takes 400 for a malformed meeting link and does not let the user retry.
  return end(refusal.status === 400 ? 412 : refusal.status, 0, refusal.message);
}

const BY_REASON: Partial<Record<DisconnectReason, End>> = {
  [DisconnectReason.CLIENT_INITIATED]: LEFT,
  [DisconnectReason.DUPLICATE_IDENTITY]: ELSEWHERE,
  [DisconnectReason.PARTICIPANT_REMOVED]: REMOVED,
  [DisconnectReason.ROOM_DELETED]: ENDED,
  [DisconnectReason.ROOM_CLOSED]: ENDED,
};

/** Return whether the refusal is about this person or room, and not just temporary. */
const isFinal = (refusal: Refusal) => refusal.subCode !== null || refusal.status === 401;

/**
 * Return how a connected call ended, from LiveKit's reason and the service's refusal to admit the person again
 * (null: it would admit them).
 */
export function parted(reason: DisconnectReason | undefined, refusal: Refusal | null): End {
  if (reason === DisconnectReason.DUPLICATE_IDENTITY || reason === DisconnectReason.CLIENT_INITIATED)
    return BY_REASON[reason] as End;
  if (refusal && isFinal(refusal)) return refusal.subCode === NOT_INVITED.subCode ? UNINVITED : refused(refusal);
  const known = reason === undefined ? undefined : BY_REASON[reason];
  if (known) return known;
  return refusal?.status === 0 ? UNREACHABLE : LOST;
}

/** Return how a failed connection ends the call of an admitted person. */
export function unconnected(refusal: Refusal | null): End {
  return refusal ? refused(refusal) : UNCONNECTED;
}
