import { useTrackVolume } from "@livekit/components-react";
import type { LocalAudioTrack } from "livekit-client";

/** How loud the microphone is; so that a person sees that they can be heard. */
export function Meter({ track }: { track: LocalAudioTrack | undefined }) {
  const volume = useTrackVolume(track);
  const level = track ? Math.min(100, Math.round(volume * 160)) : 0;
  return <meter className="meter" aria-label="Microphone level" min={0} max={100} value={level} />;
}
