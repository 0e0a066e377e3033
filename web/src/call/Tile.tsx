/** One person's picture, or their initials. */

import {
  isTrackReference,
  type TrackReferenceOrPlaceholder,
  useConnectionQualityIndicator,
  useIsMuted,
  useIsSpeaking,
  VideoTrack,
} from "@livekit/components-react";
import { ConnectionQuality, type Participant, Track } from "livekit-client";
import { MicOff, Phone, Pin, PinOff, SignalLow } from "lucide-react";
import { tint } from "./people";
import { isRinging, usePerson } from "./usePerson";

interface Props {
  track: TrackReferenceOrPlaceholder;
  pinned: boolean;
  pin: (() => void) | undefined;
}

function labelOf(participant: Participant, name: string, isScreen: boolean, rings: boolean): string {
  if (rings) return `Calling ${name}…`;
  if (isScreen) return `${name}’s screen`;
  return participant.isLocal ? `${name} (you)` : name;
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
  const rings = isRinging(participant);
  const label = labelOf(participant, name, isScreen, rings);
  const classes = ["tile", speaking && !isScreen && "speaking", isScreen && "screen", rings && "ringing"]
    .filter(Boolean)
    .join(" ");

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
      {rings && <p className="tile-state">Calling…</p>}
      <p className="tile-name">
        {!isScreen && isSilent && !rings && <MicOff role="img" aria-label="Microphone off" />}
        {!isScreen && POOR.includes(quality) && <SignalLow role="img" aria-label="Weak connection" />}
        <span>{rings ? name : label}</span>
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
