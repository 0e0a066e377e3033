import { useCallback, useEffect, useRef, useState } from "react";
import { asRefusal } from "../shared/http";
import { isAway as isServiceAway } from "./service";
import { useIsAway } from "./shell/useIsAway";

export interface Loaded<T> {
  readonly value: T | null;
  /** Why the last attempt failed; earlier data is kept. */
  readonly problem: string;
  readonly reload: () => Promise<void>;
}

/**
 * Load data, and again when the service is back; with `every`, also after so many ms while the page is visible.
 *
 * Late answers to older requests are dropped.
 */
export function useLoaded<T>(load: () => Promise<T>, every?: number): Loaded<T> {
  const [value, setValue] = useState<T | null>(null);
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
      setProblem("");
    } catch (error) {
      // The bar of the shell says that the service is away.
      if (mine === latest.current && !isServiceAway(asRefusal(error))) setProblem(asRefusal(error).message);
    }
  }, [load]);

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
