/** Blurs what is behind a person in their own picture, before anybody else gets it. */

import type { LocalVideoTrack, Track, TrackProcessor } from "livekit-client";

export type Blur = TrackProcessor<Track.Kind.Video>;

// Without a graphics processor, each frame would stop the whole page for a moment.
const FAST = { failIfMajorPerformanceCaveat: true };

/** Return whether the device has what the blur needs; the library for it is loaded only when it is used. */
export function canBlur(): boolean {
  return (
    typeof OffscreenCanvas !== "undefined" &&
    typeof VideoFrame !== "undefined" &&
    document.createElement("canvas").getContext("webgl2", FAST) !== null
  );
}

/** Return a blur for one camera track at a time; reject if its files cannot be loaded. */
export async function createBlur(): Promise<Blur> {
  const { BackgroundProcessor } = await import("@livekit/track-processors");
  const blur = BackgroundProcessor({
    mode: "background-blur",
    assetPaths: { tasksVisionFileSet: __SEGMENTER__, modelAssetPath: `${__SEGMENTER__}/people.tflite` },
  });
  // The library passes the first frame on as it is, to show something at once; others must not see it.
  Object.defineProperty(blur.transformer, "isFirstFrame", { get: () => false, set: () => undefined });
  return blur;
}

/** Blur this track, or stop blurring it. */
export async function applyBlur(track: LocalVideoTrack, wanted: boolean): Promise<void> {
  if (wanted && !track.getProcessor()) await track.setProcessor(await createBlur());
  else if (!wanted && track.getProcessor()) await track.stopProcessor();
}
