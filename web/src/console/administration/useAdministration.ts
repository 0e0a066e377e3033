import { useMemo } from "react";
import { useService } from "../session";
import { AdministrationApi } from "./api";

/** Return the requests of administration, as the operator who has signed in. */
export function useAdministration(): AdministrationApi {
  const service = useService();
  return useMemo(() => new AdministrationApi(service), [service]);
}
