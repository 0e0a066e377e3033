import { useMemo } from "react";
import { text } from "../languages/text";
import { nameOf } from "./people";
import type { AtDoor, RoomService, Waiter } from "./service";

/** Runs an action of a Presenter and says how it ended. */
export type Act = (deed: Promise<void>, done: string) => Promise<void>;

/** Who is at the door of the call, and what a Presenter may do about it. */
export interface Doorkeeping {
  readonly atDoor: AtDoor;
  readonly admit: (person: Waiter) => void;
  readonly admitAll: () => void;
  readonly decline: (person: Waiter, reason: string) => void;
}

/** `reload` is called after each action, also after one that failed because the person has gone. */
export function useDoorkeeping(service: RoomService, atDoor: AtDoor, act: Act, reload: () => void): Doorkeeping {
  return useMemo(() => {
    const name = (person: Waiter) => nameOf(person.displayName, person.role, person.rawId);
    const actAndReload = (deed: Promise<void>, done: string) => void act(deed, done).finally(reload);
    return {
      atDoor,
      admit: (person) => actAndReload(service.admit(person.rawId), text("door.admitted", { name: name(person) })),
      admitAll: () => actAndReload(service.admitAll(), text("door.admittedAll")),
      decline: (person, reason) =>
        actAndReload(service.decline(person.rawId, reason), text("door.declined", { name: name(person) })),
    };
  }, [service, atDoor, act, reload]);
}
