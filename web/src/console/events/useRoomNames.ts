import { useEffect, useState } from "react";
import type { VisitListModel } from "../../shared/shapes";
import type { Service } from "../service";
import { useService } from "../session";

/** What is called how in a room; both are empty for a room that was deleted. */
export interface RoomNames {
  readonly title: string;
  /** The names of the first participants, by their raw ids. */
  readonly people: ReadonlyMap<string, string>;
}

type Known = ReadonlyMap<string, RoomNames>;

const KEPT = new WeakMap<Service, Map<string, Promise<RoomNames>>>();

/** Return the names of these rooms, as far as they are loaded; each room is asked for once. */
export function useRoomNames(rooms: readonly string[]): Known {
  const service = useService();
  const [known, setKnown] = useState<Known>(new Map());
  const text = [...new Set(rooms)].sort().join(",");
  useEffect(() => {
    let isShown = true;
    const load = async () => {
      for (const room of text.split(",").filter(Boolean)) {
        const names = await namesOf(service, room).catch(() => null);
        if (!isShown) return;
        if (names) setKnown((before) => new Map(before).set(room, names));
      }
    };
    void load();
    return () => {
      isShown = false;
    };
  }, [service, text]);
  return known;
}

function namesOf(service: Service, room: string): Promise<RoomNames> {
  const kept = KEPT.get(service) ?? new Map<string, Promise<RoomNames>>();
  KEPT.set(service, kept);
  const found = kept.get(room) ?? readNames(service, room);
  kept.set(room, found);
  // What failed is asked for again.
  found.catch(() => kept.delete(room));
  return found;
}

/** Look for the room in the list, because a room that was deleted is an empty list and not an error. */
async function readNames(service: Service, room: string): Promise<RoomNames> {
  const { value } = await service.ask<VisitListModel>("GET", `/openrooms/rooms?q=${encodeURIComponent(room)}`);
  const found = value.find(({ id }) => id === room);
  return {
    title: found?.title ?? "",
    people: new Map(found?.participants.map(({ rawId, displayName }) => [rawId, displayName])),
  };
}
