import { useEffect, useRef } from "react";

const TAKEN = "button, a, input, select, textarea, summary, dialog, [contenteditable], [role^='menuitem']";
const TOGGLE = "[data-push-to-talk]";

/** Return whether the space bar means something else where the focus is; on the microphone's button, a tap toggles it. */
function isTaken({ target, repeat }: KeyboardEvent): boolean {
  if (!(target instanceof Element)) return false;
  return target.closest(TOGGLE) ? !repeat : target.closest(TAKEN) !== null;
}

/** Call `talk` with true when the space bar is pressed while it `isOffered`, and with false when it is up again. */
export function usePushToTalk(isOffered: boolean, talk: (on: boolean) => Promise<void>): void {
  const isHeld = useRef(false);
  const before = useRef(Promise.resolve());
  useEffect(() => {
    // Starting a microphone takes a moment, in which the key may be up again.
    const hold = (held: boolean) => {
      isHeld.current = held;
      before.current = before.current.then(() => talk(held)).catch(() => undefined);
    };
    const down = (event: KeyboardEvent) => {
      if (event.code !== "Space" || event.ctrlKey || event.metaKey || event.altKey) return;
      if (!isHeld.current && (!isOffered || isTaken(event))) return;
      event.preventDefault();
      if (!isHeld.current) hold(true);
    };
    const up = (event: KeyboardEvent) => {
      if (event.code !== "Space" || !isHeld.current) return;
      // The button that has the focus would otherwise be pressed.
      event.preventDefault();
      hold(false);
    };
    const lost = () => isHeld.current && hold(false);
    addEventListener("keydown", down);
    addEventListener("keyup", up);
    addEventListener("blur", lost);
    return () => {
      removeEventListener("keydown", down);
      removeEventListener("keyup", up);
      removeEventListener("blur", lost);
    };
  }, [isOffered, talk]);
}
