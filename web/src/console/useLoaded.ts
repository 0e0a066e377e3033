import { useCallback, useEffect, useRef, useState } from "react";
import { asRefusal } from "../shared/http";

export interface Loaded<T> {
  readonly value: T | null;
  /** Why the last attempt failed; earlier data is kept. */
  readonly problem: string;
  readonly reload: () => Promise<void>;
}

/** Load data, repeatedly every `every` ms if set; late answers to older requests are dropped. */
export function useLoaded<T>(load: () => Promise<T>, every?: number): Loaded<T> {
  const [value, setValue] = useState<T | null>(null);
  const [problem, setProblem] = useState("");
  const asked = useRef(0);

  const reload = useCallback(async () => {
    asked.current += 1;
    const mine = asked.current;
    try {
      const found = await load();
      if (mine !== asked.current) return;
      setValue(found);
      setProblem("");
    } catch (error) {
      if (mine === asked.current) setProblem(asRefusal(error).message);
    }
  }, [load]);

  useEffect(() => {
    void reload();
    const timer = every === undefined ? undefined : setInterval(reload, every);
    return () => {
      clearInterval(timer);
      asked.current += 1;
    };
  }, [reload, every]);

  return { value, problem, reload };
}
