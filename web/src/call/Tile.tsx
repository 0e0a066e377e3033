/** One person's picture, or their initials. */

import {
  isTrackReference,
  type TrackReferenceOrPlaceholder,
  useConnectionQualityIndicator,
  useIsMuted,
  useIsSpeaking,
  VideoTrack,
} from "@livekit/components-react";
import { ConnectionQuality, Track } from "livekit-client";
import { MicOff, Phone, Pin, PinOff, SignalLow } from "lucide-react";
import { tint } from "./people";
import { usePerson } from "./usePerson";

interface Props {
  track: TrackReferenceOrPlaceholder;
  pinned: boolean;
  pin: (() => void) | undefined;
}

const POOR: readonly ConnectionQuality[] = [ConnectionQuality.Poor, ConnectionQuality.Lost];

export function Tile({ track, pinned, pin }: Props) {
  const { participant, source } = track;
  const { name, letters, isPhone } = usePerson(participant);
  const speaking = useIsSpeaking(participant);
  const isSilent = useIsMuted({ participant, source: Track.Source.Microphone });
  const isDark = useIsMuted(track);
  const { quality } = useConnectionQualityIndicator({ participant });
  const isScreen = source === Track.Source.ScreenShare;
  const isRinging = isPhone && !participant.getTrackPublication(Track.Source.Microphone);
  const label = isScreen ? `${name}’s screen` : participant.isLocal ? `${name} (you)` : name;
  const classes = ["tile", speaking && !isScreen && "speaking", isScreen && "screen"].filter(Boolean).join(" ");

  return (
    <article className={classes} aria-label={label}>
      {isTrackReference(track) && !isDark ? (
        <VideoTrack
          trackRef={track}
          className={participant.isLocal && !isScreen ? "mirrored" : undefined}
          aria-label={isScreen ? label : `Picture of ${label}`}
        />
      ) : (
        <div className={`avatar tint-${tint(participant.identity)}`} aria-hidden="true">
          {isPhone ? <Phone /> : letters}
        </div>
      )}
      <p className="tile-name">
        {!isScreen && isSilent && !isRinging && <MicOff role="img" aria-label="Microphone off" />}
        {!isScreen && POOR.includes(quality) && <SignalLow role="img" aria-label="Weak connection" />}
        <span>{isRinging ? `Calling ${label}…` : label}</span>
      </p>
      {pin && (
        <button
          type="button"
          className="tile-pin"
          aria-pressed={pinned}
          aria-label={`Pin ${label}`}
          title={pinned ? "Unpin" : "Pin"}
          onClick={pin}
        >
          {pinned ? <PinOff /> : <Pin />}
        </button>
      )}
    </article>
  );
}
