import { useRoomContext } from "@livekit/components-react";
import { ConnectionQuality, type Participant, RoomEvent, Track, type TrackPublication } from "livekit-client";
import { useEffect, useRef } from "react";
import { text } from "../languages/text";
import { isPhone } from "../shared/dialOuts";
import type { Say } from "../shared/Toasts";
import { roleName } from "./capabilities";
import { nameOf, roleOf } from "./people";
import type { Admission } from "./service";
import type { CallSession } from "./session";

// In a large call, messages about people joining and leaving would hide all others.
const SMALL = 12;

/** Announce changes in the call: people who join or leave, screen sharing, and one's own rights and connection. */
export function useCallNews(admission: Admission, session: CallSession, say: Say): void {
  const room = useRoomContext();
  useWeaknessNews(say);

  useEffect(() => {
    const name = (participant: Participant) => nameOf(participant.name, roleOf(participant), participant.identity);
    const came = (participant: Participant) =>
      room.numParticipants <= SMALL &&
      say(text(isPhone(participant.identity) ? "news.phone.called" : "news.joined", { name: name(participant) }));
    const left = (participant: Participant) =>
      text(isPhone(participant.identity) ? "news.phone.ended" : "news.left", { name: name(participant) });
    const went = (participant: Participant) => room.numParticipants <= SMALL && say(left(participant));
    const shared = (track: TrackPublication, participant: Participant) => {
      if (track.source === Track.Source.ScreenShare) say(text("news.screen", { name: name(participant) }));
      else if (isPhone(participant.identity)) say(text("news.joined", { name: name(participant) }));
    };
    // The engine announces a new role as a change of permissions.
    const rights = (_: unknown, participant: Participant) => participant.isLocal && void session.refresh();
    const back = () => {
      say(text("news.back"));
      void session.refresh();
    };
    room.on(RoomEvent.ParticipantConnected, came);
    room.on(RoomEvent.ParticipantDisconnected, went);
    room.on(RoomEvent.TrackPublished, shared);
    room.on(RoomEvent.ParticipantPermissionsChanged, rights);
    room.on(RoomEvent.Reconnected, back);
    return () => {
      room.off(RoomEvent.ParticipantConnected, came);
      room.off(RoomEvent.ParticipantDisconnected, went);
      room.off(RoomEvent.TrackPublished, shared);
      room.off(RoomEvent.ParticipantPermissionsChanged, rights);
      room.off(RoomEvent.Reconnected, back);
    };
  }, [room, session, say]);

  const role = useRef(admission.role);
  useEffect(() => {
    if (role.current !== admission.role) say(text("news.role", { role: roleName(admission.role) }));
    role.current = admission.role;
  }, [admission.role, say]);
}

// A weak connection is judged anew every few seconds.
const SAID_ONCE_IN = 120_000;

/** Announce that one's own connection has become weak, and what may help. */
function useWeaknessNews(say: Say): void {
  const room = useRoomContext();
  const saidAt = useRef(Number.NEGATIVE_INFINITY);
  useEffect(() => {
    const judged = (quality: ConnectionQuality, participant: Participant) => {
      if (!participant.isLocal || quality !== ConnectionQuality.Poor) return;
      if (performance.now() - saidAt.current < SAID_ONCE_IN) return;
      saidAt.current = performance.now();
      say(text("news.weak"));
    };
    room.on(RoomEvent.ConnectionQualityChanged, judged);
    return () => {
      room.off(RoomEvent.ConnectionQualityChanged, judged);
    };
  }, [room, say]);
}
