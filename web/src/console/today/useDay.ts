import { useCallback, useEffect, useRef, useState } from "react";
import type { VisitListModel } from "../../shared/shapes";
import { readPages } from "../paging";
import type { Service } from "../service";
import { useService } from "../session";
import { useIsAway } from "../shell/useIsAway";
import { problemText } from "../words";
import { isOn, later } from "./day";
import { type Change, changed, readVisit, type Visit, type Visits } from "./visits";
import { watchVisits } from "./watch";

/** The most pages of the list, of 100 visits each, that a day shows; a search finds the others. */
const MOST_PAGES = 20;
const SHORTEST_BETWEEN = 2_000;

export interface Day {
  /** Null until they are loaded. */
  readonly visits: Visits | null;
  readonly hasMore: boolean;
  readonly problem: string;
  readonly reload: () => void;
}

/** The visits of a day that a search finds, kept as they are by what the service tells. */
export function useDay(day: Date, search: string): Day {
  const service = useService();
  const isAway = useIsAway();
  const [loaded, setLoaded] = useState<{ visits: Visits; hasMore: boolean } | null>(null);
  const [problem, setProblem] = useState("");
  const latest = useRef(0);
  const begun = useRef(0);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  // What is told while the list is read is newer than the list.
  const meanwhile = useRef<Change[]>([]);
  const at = day.getTime();

  const load = useCallback(async () => {
    latest.current += 1;
    const mine = latest.current;
    begun.current = Date.now();
    meanwhile.current = [];
    try {
      const found = await readDay(service, new Date(at), search);
      if (mine !== latest.current) return;
      setLoaded({
        ...found,
        visits: changed(found.visits, meanwhile.current, keeps(new Date(at), search, found.visits)),
      });
      setProblem("");
    } catch (error) {
      if (mine === latest.current) setProblem(problemText(error));
    }
  }, [service, at, search]);

  const reload = useCallback(() => {
    clearTimeout(timer.current);
    const wait = Math.max(0, begun.current + SHORTEST_BETWEEN - Date.now());
    timer.current = setTimeout(() => void load(), wait);
  }, [load]);

  useEffect(() => {
    if (isAway) return;
    void load();
    const stop = watchVisits(service, (changes) => {
      meanwhile.current.push(...changes);
      // Whether a search finds a visit is for the service to say.
      if (changes.some(({ type }) => type === "reload") || (search && changes.some(({ type }) => type === "room")))
        reload();
      setLoaded(
        (before) =>
          before && { ...before, visits: changed(before.visits, changes, keeps(new Date(at), search, before.visits)) },
      );
    });
    return () => {
      stop();
      clearTimeout(timer.current);
      latest.current += 1;
    };
  }, [service, isAway, load, reload, at, search]);

  return { visits: loaded?.visits ?? null, hasMore: loaded?.hasMore ?? false, problem, reload };
}

const keeps = (day: Date, search: string, known: Visits) => (visit: Visit) =>
  isOn(visit, day) && (search === "" || known.has(visit.id));

async function readDay(service: Service, day: Date, search: string): Promise<{ visits: Visits; hasMore: boolean }> {
  const query = new URLSearchParams({ from: day.toISOString(), until: later(day, 1).toISOString() });
  if (search) query.set("q", search);
  const pages = await readPages<VisitListModel>(service, `/openrooms/rooms?${query}`, MOST_PAGES);
  const visits = new Map(pages.flatMap(({ value }) => value.map((model) => [model.id, readVisit(model)] as const)));
  return { visits, hasMore: pages.at(-1)?.nextLink !== undefined };
}
