import { type RefObject, useContext, useEffect, useState } from "react";
import { type Fit, fitOf } from "./layout/fit";
import type { Size } from "./layout/grid";
import { TileContext } from "./useTiles";

/** Return how the picture of a tile is shown in its frame, and report the picture's ratio; null while there is none. */
export function usePicture(
  key: string,
  video: RefObject<HTMLVideoElement | null>,
  isShown: boolean,
  frame: Size | null,
  neverCropped: boolean,
): Fit {
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

  if (neverCropped && !isFilled(key)) return "contain";
  return fitOf(ratio, frame && frame.height > 0 ? frame.width / frame.height : null, isFilled(key));
}
