import { useEffect, useState } from "react";

const SIGNS = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"];

/** Return whether the person has not touched the page for this long (ms). */
export function useIdle(milliseconds: number): boolean {
  const [isIdle, setIdle] = useState(false);
  useEffect(() => {
    const rest = () => setTimeout(() => setIdle(true), milliseconds);
    let timer = rest();
    const wake = () => {
      clearTimeout(timer);
      timer = rest();
      setIdle(false);
    };
    for (const sign of SIGNS) addEventListener(sign, wake, { passive: true });
    return () => {
      clearTimeout(timer);
      for (const sign of SIGNS) removeEventListener(sign, wake);
    };
  }, [milliseconds]);
  return isIdle;
}
