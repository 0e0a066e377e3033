/** Says over the stage that somebody waits, so that a Presenter can admit them without opening anything. */

import { DoorOpen } from "lucide-react";
import { text } from "../languages/text";
import { nameOf } from "./people";
import type { Doorkeeping } from "./useDoorkeeping";

interface Props {
  door: Doorkeeping;
  /** Shows the list of everyone who waits. */
  view: () => void;
}

export function DoorCard({ door, view }: Props) {
  const { waiting, count } = door.atDoor;
  const [first] = waiting;
  if (!first) return null;
  const name = nameOf(first.displayName, first.role, first.rawId);
  const isAlone = count <= 1;
  return (
    <section className="door-card" aria-label={text("door.title")}>
      <DoorOpen aria-hidden="true" />
      <p role="status">{isAlone ? text("door.one", { name }) : text("door.several", { name, count: count - 1 })}</p>
      <span className="door-actions">
        <button type="button" className="button small" onClick={view}>
          {text("door.view")}
        </button>
        {isAlone && (
          <button type="button" className="button small primary" onClick={() => door.admit(first)}>
            {text("door.admit")}
          </button>
        )}
      </span>
    </section>
  );
}
