/** Short notifications, for every page of the console. */

import { createContext, useContext } from "react";
import type { Say } from "../../shared/Toasts";

export { useToasts } from "../../shared/Toasts";

export const SayTo = createContext<Say>(() => undefined);

/** Return the function that shows a short notification. */
export const useSay = (): Say => useContext(SayTo);
