import { useParticipantAttributes, useParticipantInfo } from "@livekit/components-react";
import type { Participant } from "livekit-client";
import type { Role } from "./capabilities";
import { initials, nameOf } from "./people";

/** Return the role that the service set on this connection; people cannot change their own. */
export const roleOf = (participant: {
  readonly attributes?: Readonly<Record<string, string>> | undefined;
}): Role | undefined => participant.attributes?.role as Role | undefined;

/** Return a person's name, role and colour; updated when they change. */
export function usePerson(participant: Participant): { name: string; letters: string; role: Role | undefined } {
  const { name: displayName } = useParticipantInfo({ participant });
  const role = roleOf(useParticipantAttributes({ participant }));
  return {
    name: nameOf(displayName, role, participant.identity),
    letters: initials(displayName || role || ""),
    role,
  };
}
