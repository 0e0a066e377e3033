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
  const latest = useRef(0);

  const reload = useCallback(async () => {
    latest.current += 1;
    const mine = latest.current;
    try {
      const found = await load();
      if (mine !== latest.current) return;
      setValue(found);
      setProblem("");
    } catch (error) {
      if (mine === latest.current) setProblem(asRefusal(error).message);
    }
  }, [load]);

  useEffect(() => {
    void reload();
    const timer = every === undefined ? undefined : setInterval(reload, every);
    return () => {
      clearInterval(timer);
      latest.current += 1;
    };
  }, [reload, every]);

  return { value, problem, reload };
}
