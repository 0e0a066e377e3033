import { useSession } from "../session";

/** Return whether the service is for development. */
export const useIsDevelopment = (): boolean => useSession().who.isDevelopment;
