/** A small window over other programs, with anything in it: Document Picture-in-Picture, where the browser has it. */

import { useCallback, useEffect, useState } from "react";
import { isFramed } from "../shared/framed";

// https://wicg.github.io/document-picture-in-picture/
interface DocumentPictureInPicture {
  requestWindow(size: { width: number; height: number }): Promise<Window>;
}

export interface SmallWindow {
  /** Where to show things; null while it is closed. */
  readonly body: HTMLElement | null;
  readonly toggle: () => void;
}

const SIZE = { width: 400, height: 300 };

// A page in a frame may not open one.
const pictureInPicture = () =>
  isFramed()
    ? undefined
    : (globalThis as { documentPictureInPicture?: DocumentPictureInPicture }).documentPictureInPicture;

/** Return the small window; null where the browser has none. */
export function useSmallWindow(): SmallWindow | null {
  const [small, setSmall] = useState<Window | null>(null);

  const toggle = useCallback(() => {
    if (small) {
      small.close();
      return;
    }
    // The browser refuses without a click; then there is no window.
    void pictureInPicture()
      ?.requestWindow(SIZE)
      .then(
        (opened) => {
          dress(opened.document);
          opened.addEventListener("pagehide", () => setSmall(null));
          setSmall(opened);
        },
        () => undefined,
      );
  }, [small]);

  useEffect(() => () => small?.close(), [small]);
  return pictureInPicture() ? { body: small?.document.body ?? null, toggle } : null;
}

/** Give a new document the language, the title and the styles of the page. */
function dress(opened: Document): void {
  const { lang, dir } = document.documentElement;
  Object.assign(opened.documentElement, { lang, dir });
  opened.title = document.title;
  for (const style of document.querySelectorAll("link[rel='stylesheet'], style"))
    opened.head.append(style.cloneNode(true));
}
