/** One person's picture, or their initials; or a screen. */

import { isTrackReference, useIsMuted, useIsSpeaking, VideoTrack } from "@livekit/components-react";
import { type Participant, Track } from "livekit-client";
import { MicOff, Phone, Pin } from "lucide-react";
import { useContext, useRef } from "react";
import { text } from "../languages/text";
import { HandMark } from "./Hand";
import { PresenterBadge } from "./PresenterBadge";
import { tint } from "./people";
import { QualityMark } from "./Quality";
import { TileMenu } from "./TileMenu";
import { isRinging, usePerson } from "./usePerson";
import { usePicture } from "./usePicture";
import { useSize } from "./useSize";
import { isScreen, keyOf, TileContext, type TileTrack } from "./useTiles";

function labelOf(participant: Participant, name: string, isOfScreen: boolean, rings: boolean): string {
  if (rings) return text("tile.calling.name", { name });
  if (isOfScreen) return text("tile.screen", { name });
  return participant.isLocal ? text("people.you", { name }) : name;
}

export function Tile({ track }: { track: TileTrack }) {
  const { participant } = track;
  const { name, letters, isPhone } = usePerson(participant);
  const { pinned } = useContext(TileContext);
  const isSpeaking = useIsSpeaking(participant);
  const isDark = useIsMuted(track);
  const frame = useRef<HTMLElement>(null);
  const video = useRef<HTMLVideoElement>(null);
  const isOfScreen = isScreen(track);
  const hasPicture = isTrackReference(track) && !isDark;
  const { fit, isEmpty } = usePicture(keyOf(track), video, hasPicture, useSize(frame), isOfScreen);
  const rings = isRinging(participant);
  const label = labelOf(participant, name, isOfScreen, rings);
  const classes = ["tile", isSpeaking && !isOfScreen && "speaking", isOfScreen && "screen", rings && "ringing"];

  return (
    <article ref={frame} className={classes.filter(Boolean).join(" ")} aria-label={label}>
      {isEmpty && (
        <div className={`avatar tint-${tint(participant.identity)}`} aria-hidden="true">
          {isPhone ? <Phone /> : letters}
        </div>
      )}
      {hasPicture && (
        <VideoTrack
          ref={video}
          trackRef={track}
          className={[fit, participant.isLocal && !isOfScreen && "mirrored"].filter(Boolean).join(" ")}
          aria-label={isOfScreen ? label : text("tile.picture", { name: label })}
        />
      )}
      {rings && <p className="tile-state">{text("tile.calling")}</p>}
      <p className="tile-name">
        {pinned === keyOf(track) && <Pin role="img" aria-label={text("tile.pinned")} />}
        {!isOfScreen && <HandMark identity={participant.identity} />}
        {!isOfScreen && !rings && <PersonState participant={participant} />}
        <span>{rings ? name : label}</span>
        {!isOfScreen && <PresenterBadge participant={participant} />}
      </p>
      {!rings && <TileMenu tileKey={keyOf(track)} label={label} frame={frame} video={video} hasPicture={hasPicture} />}
    </article>
  );
}

function PersonState({ participant }: { participant: Participant }) {
  const isSilent = useIsMuted({ participant, source: Track.Source.Microphone });
  return (
    <>
      {isSilent && <MicOff role="img" aria-label={text("people.micOff")} />}
      <QualityMark participant={participant} />
    </>
  );
}
