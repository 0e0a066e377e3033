import { useParticipantAttributes, useParticipantInfo } from "@livekit/components-react";
import type { Participant } from "livekit-client";
import type { Role } from "./capabilities";
import { initials, nameOf } from "./people";

/** Return the role that the service wrote on this connection; nobody can change their own. */
export const roleOf = (one: { readonly attributes?: Readonly<Record<string, string>> | undefined }): Role | undefined =>
  one.attributes?.role as Role | undefined;

/** Return how somebody in the call is shown; follows changes of name and role. */
export function usePerson(participant: Participant): { name: string; letters: string; role: Role | undefined } {
  const { name: displayName } = useParticipantInfo({ participant });
  const role = roleOf(useParticipantAttributes({ participant }));
  return {
    name: nameOf(displayName, role, participant.identity),
    letters: initials(displayName || role || ""),
    role,
  };
}
