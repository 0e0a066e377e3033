import { useParticipants } from "@livekit/components-react";
import { createContext, useCallback, useContext, useEffect, useState } from "react";
import { type DialOut, identityOf, isPhone } from "../shared/dialOuts";
import type { Admission, RoomService } from "./service";

const LOOK = 1_000;

export interface DialOuts {
  readonly list: readonly DialOut[];
  readonly reload: () => Promise<void>;
}

/** Return the call's dial-outs, kept current while a telephone is in the call or `watched` is set. */
export function useDialOuts(service: RoomService, admission: Admission, watched: boolean): DialOuts {
  const [list, setList] = useState<readonly DialOut[]>([]);
  const phones = useParticipants()
    .filter((person) => isPhone(person.identity))
    .map((person) => person.identity)
    .join(" ");
  const seesNumbers = admission.role === "Presenter" || admission.role === "Collaborator";

  const reload = useCallback(async () => {
    // A failure leaves the list as it was; the next look may succeed.
    const found = await service.dialOuts().catch(() => null);
    if (found) setList(found);
  }, [service]);

  const isActive = seesNumbers && (watched || phones !== "");
  // biome-ignore lint/correctness/useExhaustiveDependencies: a telephone that comes or leaves is looked up at once
  useEffect(() => {
    if (!isActive) return;
    void reload();
    const timer = setInterval(() => void reload(), LOOK);
    return () => clearInterval(timer);
  }, [isActive, reload, phones]);

  return { list, reload };
}

/** The whole numbers of telephones by their identities in the call, for those who may see them. */
export const PhoneNumbers = createContext<ReadonlyMap<string, string>>(new Map());

/** Return the whole number of a telephone in the call, if this person may see it. */
export const usePhoneNumber = (identity: string): string | undefined => useContext(PhoneNumbers).get(identity);

/** Return the numbers that these dial-outs show, by the telephones' identities in the call. */
export function numbersOf(list: readonly DialOut[]): ReadonlyMap<string, string> {
  return new Map(list.map((dial) => [identityOf(dial), dial.phoneNumber]));
}
