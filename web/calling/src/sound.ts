/** Plays what the others say. */

import { type Participant, type RemoteTrack, type Room, RoomEvent, Track } from "livekit-client";
import type { RemoteAudioStream } from "./types";

/** The sound of a call, as the call uses it; it hides the DOM. */
export interface Sound {
  readonly stream: RemoteAudioStream;
  isMuted: boolean;
  play(room: Room): void;
  stop(): void;
}

/** The sound of a call in hidden audio elements. */
export class PageSound implements Sound {
  readonly #elements = new Set<HTMLMediaElement>();
  readonly #mixed = typeof MediaStream === "undefined" ? null : new MediaStream();
  #isMuted = false;
  #room: Room | null = null;

  readonly stream: RemoteAudioStream = {
    mediaStreamType: "Audio",
    isAvailable: true,
    getMediaStream: async () => this.#mixed as MediaStream,
    getVolume: async () => ({ volume: Math.round(100 * loudest(this.#room)) }),
  };

  get isMuted(): boolean {
    return this.#isMuted;
  }

  set isMuted(isMuted: boolean) {
    this.#isMuted = isMuted;
    for (const element of this.#elements) element.muted = isMuted;
  }

  /** Start to play. */
  play(room: Room): void {
    this.#room = room;
    room.on(RoomEvent.TrackSubscribed, (track) => this.#add(track));
    room.on(RoomEvent.TrackUnsubscribed, (track) => this.#remove(track));
    room.on(RoomEvent.AudioPlaybackStatusChanged, () => this.#unblock(room));
    for (const event of [
      RoomEvent.Connected,
      RoomEvent.Reconnected,
      RoomEvent.ParticipantConnected,
      RoomEvent.TrackPublished,
    ])
      room.on(event, () => subscribe(room));
  }

  stop(): void {
    for (const element of this.#elements) {
      element.srcObject = null;
      element.remove();
    }
    this.#elements.clear();
    if (this.#room) document.removeEventListener("click", this.#start);
  }

  #add(track: RemoteTrack): void {
    if (track.kind !== Track.Kind.Audio) return;
    const element = track.attach();
    element.muted = this.#isMuted;
    element.style.display = "none";
    document.body.append(element);
    this.#elements.add(element);
    this.#mixed?.addTrack(track.mediaStreamTrack);
  }

  #remove(track: RemoteTrack): void {
    if (track.kind !== Track.Kind.Audio) return;
    for (const element of track.detach()) {
      element.remove();
      this.#elements.delete(element);
    }
    this.#mixed?.removeTrack(track.mediaStreamTrack);
  }

  /** Browsers play the sound of a page only after its first click. */
  #unblock(room: Room): void {
    if (!room.canPlaybackAudio) document.addEventListener("click", this.#start, { once: true });
  }

  #start = (): void => void this.#room?.startAudio();
}

/** The call's connection subscribes to nothing by itself, so that a video is received only when it is needed. */
function subscribe(room: Room): void {
  for (const participant of room.remoteParticipants.values())
    for (const publication of participant.audioTrackPublications.values())
      if (!publication.isDesired) publication.setSubscribed(true);
}

const loudest = (room: Room | null): number =>
  Math.max(0, ...[...(room?.remoteParticipants.values() ?? [])].map((one: Participant) => one.audioLevel));
