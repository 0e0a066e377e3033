import { useSyncExternalStore } from "react";
import { useService } from "../session";

/** Return whether the service does not answer now. */
export function useIsAway(): boolean {
  const service = useService();
  return useSyncExternalStore(service.subscribe, service.isAway);
}
