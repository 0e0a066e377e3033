import { useParticipantAttributes, useParticipantInfo, useParticipants } from "@livekit/components-react";
import { type Participant, Track } from "livekit-client";
import { isPhone } from "../shared/dialOuts";
import type { Role } from "./capabilities";
import { initials, nameOf, roleOf } from "./people";
import { usePhoneNumber } from "./useDialOuts";

/** Return whether this is a telephone that has not answered yet: it publishes its sound when it does. */
export const isRinging = (participant: Participant): boolean =>
  isPhone(participant.identity) && !participant.getTrackPublication(Track.Source.Microphone);

/** Return who is in the call: everyone in LiveKit's room except telephones that still ring. */
export const usePresent = (): Participant[] => useParticipants().filter((participant) => !isRinging(participant));

/** A person or a telephone as the page shows them; a telephone has no role and no letters. */
interface Shown {
  readonly name: string;
  readonly letters: string;
  readonly role: Role | undefined;
  readonly isPhone: boolean;
  /** Whether the person entered the name themselves. */
  readonly isNameTyped: boolean;
}

/** Return the name, role and letters of a person or a telephone; updated when they change. */
export function usePerson(participant: Participant): Shown {
  const { name: displayName } = useParticipantInfo({ participant });
  const attributes = useParticipantAttributes({ participant });
  const role = roleOf(attributes);
  const number = usePhoneNumber(participant.identity);
  return {
    name: nameOf(number ?? displayName, role, participant.identity),
    letters: initials(displayName?.trim() || role || ""),
    role,
    isPhone: isPhone(participant.identity),
    isNameTyped: attributes.attributes?.["openrooms.name"] === "typed",
  };
}
