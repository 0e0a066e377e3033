import { useCallback, useEffect, useRef, useState } from "react";
import { asRefusal } from "../shared/http";
import { isAway as isServiceAway, type Service } from "./service";
import { useService } from "./session";
import { useIsAway } from "./shell/useIsAway";

export interface Loaded<T> {
  readonly value: T | null;
  /** Why the last attempt failed; earlier data is kept. */
  readonly problem: string;
  readonly reload: () => Promise<void>;
}

interface Options {
  /** Load again after so many ms, while the page is visible. */
  readonly every?: number;
  /** The name under which the data is kept, so that a page that one returns to has it at once. */
  readonly key?: string;
}

const KEPT = new WeakMap<Service, Map<string, unknown>>();

function keptBy(service: Service): Map<string, unknown> {
  const kept = KEPT.get(service) ?? new Map<string, unknown>();
  KEPT.set(service, kept);
  return kept;
}

/** Load data, and again when the service is back; late answers to older requests are dropped. */
export function useLoaded<T>(load: () => Promise<T>, { every, key }: Options = {}): Loaded<T> {
  const kept = keptBy(useService());
  const [value, setValue] = useState<T | null>(() => (key === undefined ? null : ((kept.get(key) as T) ?? null)));
  const [problem, setProblem] = useState("");
  const latest = useRef(0);
  const isAway = useIsAway();

  const reload = useCallback(async () => {
    latest.current += 1;
    const mine = latest.current;
    try {
      const found = await load();
      if (mine !== latest.current) return;
      setValue(found);
      if (key !== undefined) kept.set(key, found);
      setProblem("");
    } catch (error) {
      // The bar of the shell says that the service is away.
      if (mine === latest.current && !isServiceAway(asRefusal(error))) setProblem(asRefusal(error).message);
    }
  }, [load, key, kept]);

  useEffect(() => {
    if (isAway) return;
    void reload();
    if (every === undefined) return;
    const reloadVisible = () => {
      if (document.visibilityState === "visible") void reload();
    };
    const timer = setInterval(reloadVisible, every);
    document.addEventListener("visibilitychange", reloadVisible);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", reloadVisible);
    };
  }, [reload, every, isAway]);

  useEffect(
    () => () => {
      latest.current += 1;
    },
    [],
  );

  return { value, problem, reload };
}
