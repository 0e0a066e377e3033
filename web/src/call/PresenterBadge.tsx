import type { Participant } from "livekit-client";
import { Star } from "lucide-react";
import { roleName } from "./capabilities";
import { usePerson } from "./usePerson";

/** Marks a Presenter; the service sets roles, and no name can look like this. */
export function PresenterBadge({ participant }: { participant: Participant }) {
  const { role } = usePerson(participant);
  if (role !== "Presenter") return null;
  return (
    <span className="presenter-badge" role="img" aria-label={roleName(role)} title={roleName(role)}>
      <Star className="presenter-star" aria-hidden="true" />
    </span>
  );
}
