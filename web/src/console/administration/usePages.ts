import { useCallback, useState } from "react";
import { useLoaded } from "../useLoaded";
import { problemText } from "../words";

/** One page of a list; `more` loads the next page, and is null at the end. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly more: string | null;
}

/** A list that grows page by page; `load(null)` loads the first page. */
export function usePages<T>(load: (more: string | null) => Promise<Page<T>>) {
  const [further, setFurther] = useState<Page<T> | null>(null);
  const [problem, setProblem] = useState("");
  const begin = useCallback(async () => {
    const page = await load(null);
    setFurther(null);
    return page;
  }, [load]);
  const first = useLoaded(begin);
  const more = further ? further.more : (first.value?.more ?? null);

  const loadMore = async () => {
    if (more === null) return;
    try {
      const page = await load(more);
      setFurther((before) => ({ items: [...(before?.items ?? []), ...page.items], more: page.more }));
      setProblem("");
    } catch (error) {
      setProblem(problemText(error));
    }
  };

  return {
    items: first.value && [...first.value.items, ...(further?.items ?? [])],
    problem: first.problem || problem,
    hasMore: more !== null,
    loadMore,
    reload: first.reload,
  };
}
