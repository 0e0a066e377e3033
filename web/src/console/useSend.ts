import { useCallback } from "react";
import type { Action } from "./room/actions";
import { useService } from "./session";

/** Return the function that sends an action's request; it may throw a `Refusal`. */
export function useSend(): <T>(action: Action) => Promise<T> {
  const service = useService();
  return useCallback(
    <T>({ asked }: Action) => service.ask<T>(asked.method, asked.path, asked.body, asked.headers),
    [service],
  );
}
