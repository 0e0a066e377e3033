import { useSyncExternalStore } from "react";

function subscribe(listener: () => void): () => void {
  document.addEventListener("fullscreenchange", listener);
  return () => document.removeEventListener("fullscreenchange", listener);
}

/** Return whether something is in full screen; null where the browser has none, as on an iPhone. */
export function useFullScreen(): { readonly isOn: boolean; readonly element: Element | null } | null {
  const element = useSyncExternalStore(subscribe, () => document.fullscreenElement);
  return document.fullscreenEnabled ? { isOn: element !== null, element } : null;
}

/** Show only this element on the whole screen, or leave full screen. */
export function toggleFullScreen(element: Element): void {
  const isLeft = document.fullscreenElement !== null;
  // A browser may refuse; then everything stays as it is.
  void (isLeft ? document.exitFullscreen() : element.requestFullscreen()).catch(() => undefined);
}
