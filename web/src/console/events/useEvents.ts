import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { EventEnvelope, EventList } from "../../shared/shapes";
import { follow } from "../follow";
import { onThisOrigin } from "../paging";
import { useService } from "../session";
import { useIsAway } from "../shell/useIsAway";
import { problemText } from "../words";
import { type EventFilter, requests, streamPath } from "./api";

/** The most events that are shown; a stream that is left open must not fill the memory. */
const MOST = 1_000;

export interface Feed {
  /** The newest first; null until they are loaded. */
  readonly events: readonly EventEnvelope[] | null;
  readonly hasMore: boolean;
  readonly problem: string;
  readonly loadMore: () => Promise<void>;
  readonly reload: () => void;
}

interface Shown {
  readonly events: readonly EventEnvelope[];
  /** The path of older events. */
  readonly more: string | null;
}

/** Return the events with newer ones before them, and without those that are there already. */
export function withNewer(shown: readonly EventEnvelope[], newer: readonly EventEnvelope[]): EventEnvelope[] {
  const known = new Set(shown.map(({ id }) => id));
  return [...newer.filter(({ id }) => !known.has(id)).toReversed(), ...shown];
}

/** The newest events of a room, or of all, and as long as it `isLive`, those that come. */
export function useEvents({ room, types }: EventFilter, isLive = true): Feed {
  const service = useService();
  const isAway = useIsAway();
  const typesText = types.join(",");
  const filter = useMemo(() => ({ room, types: typesText ? typesText.split(",") : [] }), [room, typesText]);
  const [shown, setShown] = useState<Shown | null>(null);
  const [problem, setProblem] = useState("");
  // The id after which to follow; empty until there is a first page.
  const [start, setStart] = useState("");
  const last = useRef("");
  const latest = useRef(0);

  const load = useCallback(async () => {
    latest.current += 1;
    const mine = latest.current;
    try {
      const page = await service.ask<EventList>("GET", requests.events(filter).asked.path);
      if (mine !== latest.current) return;
      setShown({ events: page.value, more: onThisOrigin(page.nextLink) });
      last.current = page.last;
      setStart(page.last);
      setProblem("");
    } catch (error) {
      if (mine === latest.current) setProblem(problemText(error));
    }
  }, [service, filter]);

  useEffect(() => {
    if (!isAway) void load();
    return () => {
      latest.current += 1;
    };
  }, [isAway, load]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `start` begins anew after the first page was read again
  useEffect(() => {
    if (isAway || !isLive || !last.current) return;
    return follow(service, {
      path: streamPath(filter, last.current),
      onEvents: (events) => {
        last.current = events.at(-1)?.id ?? last.current;
        setShown(
          (before) =>
            before &&
            cut(
              filter,
              before,
              events.map(({ data }) => JSON.parse(data)),
            ),
        );
      },
      onSilence: () => void load(),
    });
  }, [service, filter, isAway, isLive, start, load]);

  const loadMore = async () => {
    if (!shown?.more) return;
    const mine = latest.current;
    try {
      const page = await service.ask<EventList>("GET", shown.more);
      if (mine !== latest.current) return;
      const more = onThisOrigin(page.nextLink);
      setShown((before) => before && { events: [...before.events, ...page.value], more });
      setProblem("");
    } catch (error) {
      setProblem(problemText(error));
    }
  };

  return {
    events: shown?.events ?? null,
    hasMore: shown?.more != null,
    problem,
    loadMore,
    reload: () => void load(),
  };
}

/** Add newer events; of more than `MOST`, the oldest are left out until they are loaded again. */
function cut(filter: EventFilter, { events, more }: Shown, newer: readonly EventEnvelope[]): Shown {
  const all = withNewer(events, newer);
  const kept = all.slice(0, MOST);
  const oldest = kept.at(-1);
  return { events: kept, more: all.length > MOST && oldest ? requests.events(filter, oldest.id).asked.path : more };
}
