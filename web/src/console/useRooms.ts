import { useMemo } from "react";
import { RoomsApi } from "./rooms";
import { useService } from "./session";

/** Return the requests about rooms, as the operator who has signed in. */
export function useRooms(): RoomsApi {
  const service = useService();
  return useMemo(() => new RoomsApi(service), [service]);
}
