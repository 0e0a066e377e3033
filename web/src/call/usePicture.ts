import { type RefObject, useContext, useEffect, useState } from "react";
import { type Fit, fitOf } from "./layout/fit";
import type { Size } from "./layout/grid";
import { TileContext } from "./useTiles";

/** How a picture is shown in its frame, and whether there is one: a camera that is on may not have filmed anything yet. */
export interface Picture {
  readonly fit: Fit;
  readonly isEmpty: boolean;
}

/** Return the picture of a tile, and report its ratio; null while there is none. */
export function usePicture(
  key: string,
  video: RefObject<HTMLVideoElement | null>,
  isShown: boolean,
  frame: Size | null,
  neverCropped: boolean,
): Picture {
  const { report, isFilled } = useContext(TileContext);
  const [ratio, setRatio] = useState<number | null>(null);

  useEffect(() => {
    const picture = video.current;
    if (!isShown || !picture) return;
    // A telephone that is turned changes the picture's size in the middle of the call.
    const measure = () => setRatio(picture.videoWidth ? picture.videoWidth / picture.videoHeight : null);
    measure();
    picture.addEventListener("resize", measure);
    return () => {
      picture.removeEventListener("resize", measure);
      setRatio(null);
    };
  }, [video, isShown]);

  useEffect(() => report(key, ratio), [report, key, ratio]);
  useEffect(() => () => report(key, null), [report, key]);

  const frameRatio = frame && frame.height > 0 ? frame.width / frame.height : null;
  const fit = neverCropped && !isFilled(key) ? "contain" : fitOf(ratio, frameRatio, isFilled(key));
  return { fit, isEmpty: ratio === null };
}
