import { useEffect, useState } from "react";
import { DevelopmentApi } from "../development";
import { useService } from "../session";
import { useIsAway } from "./useIsAway";

/** Return whether the service is for development; null as long as that is not known. */
export function useIsDevelopment(): boolean | null {
  const service = useService();
  const isAway = useIsAway();
  const [is, setIs] = useState<boolean | null>(null);
  useEffect(() => {
    if (!isAway) new DevelopmentApi(service).exists().then(setIs, () => setIs((known) => known ?? false));
  }, [service, isAway]);
  return is;
}
