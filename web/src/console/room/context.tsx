/** The room that a page shows, for the parts of the page. */

import { createContext, useCallback, useContext } from "react";
import { useService } from "../session";
import type { Action } from "./actions";
import type { Room } from "./state";

export interface RoomPage {
  readonly room: Room;
  /** The time of the service, updated every second. */
  readonly now: number;
  readonly reload: () => Promise<void>;
  /** Whether each action is shown as a command, too. */
  readonly showsCommands: boolean;
}

export const RoomShown = createContext<RoomPage | null>(null);

export function useRoomPage(): RoomPage {
  const page = useContext(RoomShown);
  if (!page) throw new Error("There is no room outside of RoomShown.");
  return page;
}

/** Return the function that sends an action's request and then reads the room again; it may throw a `Refusal`. */
export function useAct(): <T>(action: Action) => Promise<T> {
  const service = useService();
  const { reload } = useRoomPage();
  return useCallback(
    async <T,>({ asked }: Action) => {
      try {
        return await service.ask<T>(asked.method, asked.path, asked.body, asked.headers);
      } finally {
        await reload();
      }
    },
    [service, reload],
  );
}
