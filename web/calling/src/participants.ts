/** The others in the call, as LiveKit sees them. */

import { type CommunicationIdentifierKind, createIdentifierFromRawId } from "@azure/communication-common";
import { type RemoteParticipant as Peer, Track } from "livekit-client";
import { ownerOf } from "../../src/call/people";
import { Emitter } from "./emitter";
import type { End } from "./ends";
import { RemoteVideo } from "./streams";
import type {
  EndpointDetails,
  ParticipantRole,
  RemoteParticipant,
  RemoteParticipantEvents,
  RemoteParticipantState,
} from "./types";

const ROLES: readonly string[] = ["Presenter", "Collaborator", "Attendee", "Consumer"];

/** Return the role that a connection's attributes show. */
export function roleOf(attributes: Readonly<Record<string, string>>): ParticipantRole {
  const role = attributes.role ?? "";
  return ROLES.includes(role) ? (role as ParticipantRole) : "Unknown";
}

export class Participant implements RemoteParticipant {
  readonly rawId: string;
  readonly identifier: CommunicationIdentifierKind;
  readonly endpointDetails: EndpointDetails[];
  readonly videoStreams = [new RemoteVideo("Video"), new RemoteVideo("ScreenSharing")];
  callEndReason: End | undefined = undefined;
  state: RemoteParticipantState = "Connected";
  displayName: string | undefined;
  isMuted: boolean;
  isSpeaking: boolean;
  role: ParticipantRole;
  readonly #emitter = new Emitter<RemoteParticipantEvents>();
  readonly on = this.#emitter.on;
  readonly off = this.#emitter.off;

  constructor(
    readonly peer: Peer,
    private readonly muteThem: (rawId: string) => Promise<void>,
  ) {
    this.rawId = ownerOf(peer.identity);
    this.identifier = createIdentifierFromRawId(this.rawId);
    this.endpointDetails = [{ participantId: peer.sid }];
    this.displayName = nameOf(peer);
    this.isMuted = isMuted(peer);
    this.isSpeaking = peer.isSpeaking;
    this.role = roleOf(peer.attributes);
    this.#syncStreams();
  }

  mute = (): Promise<void> => this.muteThem(this.rawId);

  /** Copy the state of the peer in LiveKit, and emit what changed. */
  sync(): void {
    const { peer } = this;
    const now = {
      displayName: nameOf(peer),
      isMuted: isMuted(peer),
      isSpeaking: peer.isSpeaking,
      role: roleOf(peer.attributes),
    };
    const changed = (Object.keys(now) as (keyof typeof now)[]).filter((name) => now[name] !== this[name]);
    Object.assign(this, now);
    for (const name of changed) this.#emitter.emit(`${name}Changed`);
    this.#syncStreams();
  }

  /** The participant left, for this reason. */
  leave(reason: End): void {
    this.callEndReason = reason;
    this.state = "Disconnected";
    for (const stream of this.videoStreams) stream.sync(undefined);
    this.#emitter.emit("stateChanged");
  }

  forget(): void {
    this.#emitter.clear();
    for (const stream of this.videoStreams) stream.forget();
  }

  #syncStreams(): void {
    const [camera, screen] = this.videoStreams as [RemoteVideo, RemoteVideo];
    camera.sync(this.peer.getTrackPublication(Track.Source.Camera));
    screen.sync(this.peer.getTrackPublication(Track.Source.ScreenShare));
  }
}

// The name that an organiser has withdrawn is a space.
const nameOf = (peer: Peer) => peer.name?.trim() || undefined;
const isMuted = (peer: Peer) => peer.getTrackPublication(Track.Source.Microphone)?.isMuted ?? true;
