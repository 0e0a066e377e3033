import { useTrackVolume } from "@livekit/components-react";
import type { LocalAudioTrack } from "livekit-client";
import { text } from "../languages/text";

/** The level of the microphone, which shows people that they can be heard. */
export function Meter({ track }: { track: LocalAudioTrack | undefined }) {
  const volume = useTrackVolume(track);
  const level = track ? Math.min(100, Math.round(volume * 160)) : 0;
  return <meter className="meter" aria-label={text("preview.level")} min={0} max={100} value={level} />;
}
