import { useCallback, useEffect, useRef, useState } from "react";
import type { CallFacts } from "./callFacts";
import type { AtDoor, RoomService } from "./service";
import { knock, play } from "./tone";

const NOBODY: AtDoor = { waiting: [], keptOut: [], count: 0 };
const LOOK_AGAIN = 3_000;

/** Return who waits and who is kept out, asked for each time that the call says that this has changed, or `reload`. */
export function useAtDoor(
  service: RoomService,
  facts: CallFacts | null,
  mayAdmit: boolean,
): { atDoor: AtDoor; reload: () => void } {
  const [atDoor, setAtDoor] = useState(NOBODY);
  const [reloads, setReloads] = useState(0);
  const reload = useCallback(() => setReloads((before) => before + 1), []);
  const told = facts?.waiting;
  const { count, revision } = told ?? { count: 0, revision: 0 };

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new count or revision, or a reload, is the reason to ask
  useEffect(() => {
    if (!mayAdmit) return;
    let isNewest = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async () => {
      const found = await service.atDoor().catch(() => null);
      if (!isNewest) return;
      if (found) setAtDoor(found);
      // Without the call's word, which a service of an older version does not give, the page has to look by itself.
      if (!found || !told) timer = setTimeout(look, LOOK_AGAIN);
    };
    void look();
    return () => {
      isNewest = false;
      clearTimeout(timer);
    };
  }, [service, mayAdmit, count, revision, reloads]);

  return { atDoor: mayAdmit ? atDoor : NOBODY, reload };
}

/** Play a quiet sound when one more person waits. */
export function useKnock({ waiting }: AtDoor, isOn: boolean, speakerId: string): void {
  const known = useRef<ReadonlySet<string>>(new Set());
  useEffect(() => {
    const ids = new Set(waiting.map((person) => person.rawId));
    const isNew = waiting.some((person) => !known.current.has(person.rawId));
    known.current = ids;
    // A browser that plays nothing yet shows who waits all the same.
    if (isNew && isOn) play(knock(), speakerId).catch(() => {});
  }, [waiting, isOn, speakerId]);
}
