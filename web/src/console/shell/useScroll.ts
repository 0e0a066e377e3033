import { useEffect, useRef } from "react";

let isReturning = false;
// Here, so that it runs before the listener of the router, which draws the page at once.
addEventListener("popstate", () => {
  isReturning = true;
});

/** Scroll back to where a page was when the browser goes back or forward; every other page begins at its top. */
export function useScroll(path: string): void {
  const positions = useRef(new Map<string, number>());
  useEffect(() => {
    // The browser would scroll before the page is drawn.
    history.scrollRestoration = "manual";
  }, []);
  useEffect(() => {
    scrollTo(0, isReturning ? (positions.current.get(path) ?? 0) : 0);
    isReturning = false;
    const keep = () => positions.current.set(path, scrollY);
    addEventListener("scroll", keep, { passive: true });
    return () => removeEventListener("scroll", keep);
  }, [path]);
}
