/** Whether somebody uses the page: what the page does by itself must not keep a session alive. */

const RECENT = 60_000;
let usedAt = Date.now();

if (typeof document !== "undefined") {
  for (const kind of ["pointerdown", "keydown"]) {
    document.addEventListener(kind, () => (usedAt = Date.now()), { capture: true, passive: true });
  }
}

/** Return whether somebody has clicked or typed in the last minute. */
export const isInUse = (): boolean => Date.now() - usedAt < RECENT;
