/**
 * One person's call of a room: asks the service for admission, connects to LiveKit, joins and leaves.
 *
 *     None ─► Connecting (─► InLobby) ─► Connected ─► Disconnecting ─► Disconnected
 *                  └───────────┴────────────┴────────────────────────────┘  refused, removed, ended, lost
 *
 * It does not use the DOM: it is given LiveKit's room, the service, the devices and the sound. Apps wrap it in a Proxy,
 * so methods are bound and state is in plain members. Apps also freeze what it returns, so values are replaced, not changed.
 */

import { type CommunicationIdentifier, getIdentifierRawId } from "@azure/communication-common";
import {
  ConnectionQuality,
  type DisconnectReason,
  type LocalTrackPublication,
  type RemoteParticipant as Peer,
  type Room,
  RoomEvent,
  Track,
} from "livekit-client";
import { ownerOf } from "../../src/call/people";
import type { Admission } from "../../src/call/service";
import { MESSAGES_TOPIC, type Message, readMessage, writeMessage } from "../../src/shared/callMessages";
import { connect, reportUnconnected } from "../../src/shared/connecting";
import { asRefusal, type Refusal } from "../../src/shared/http";
import { capabilitiesOf } from "./capabilities";
import { constrain } from "./constraints";
import type { Devices } from "./devices";
import { Emitter } from "./emitter";
import { ENDED, type End, LEFT, parted, refused, UNREACHABLE, unconnected } from "./ends";
import * as errors from "./errors";
import { failure, notSupported, roleRefused } from "./errors";
import { CallFeatures } from "./features";
import type { Inside, InsideEvents } from "./features/inside";
import { newId } from "./ids";
import { Participant, roleOf } from "./participants";
import type { CallService } from "./service";
import type { Sound } from "./sound";
import { type Capture, captureOf, LocalAudio } from "./streams";
import {
  type Call,
  type CallEvents,
  type CallInfo,
  type CallState,
  DiagnosticQuality,
  type FeatureFactory,
  type HangUpOptions,
  type JoinCallOptions,
  type LocalAudioStream,
  type LocalVideoStream,
  type MediaConstraints,
  type ParticipantCapabilityName,
  type ParticipantRole,
  type RemoteAudioStream,
  type VideoSendConstraints,
} from "./types";

export interface Surroundings {
  readonly service: Pick<CallService, "join" | "wait" | "mute" | "remove" | "end">;
  readonly devices: Devices;
  readonly sound: Sound;
  openRoom(): Room;
  captureScreen(): Promise<LocalVideoStream>;
  /** Called once the call is `Disconnected`. */
  onEnded(call: RoomCall): void;
}

const EARLY_MESSAGES = 100;
const MUST_WAIT = "MustWait";
const SHORTEST_WAIT = 300;
// LiveKit alone tries for one to four minutes, depending on how its attempts fail.
const LONGEST_RECONNECT = 60_000;
// The service may be busy for a moment when a role changes.
const REFRESH_PAUSES = [0, 1_000, 4_000];

const QUALITY: Partial<Record<ConnectionQuality, DiagnosticQuality>> = {
  [ConnectionQuality.Excellent]: DiagnosticQuality.Good,
  [ConnectionQuality.Good]: DiagnosticQuality.Good,
  [ConnectionQuality.Poor]: DiagnosticQuality.Poor,
  [ConnectionQuality.Lost]: DiagnosticQuality.Bad,
};

export class RoomCall implements Call {
  readonly kind = "Call";
  readonly id = newId();
  readonly direction = "Outgoing";
  readonly callerInfo = {};
  readonly transferorInfo = undefined;
  readonly info: CallInfo;
  state: CallState = "None";
  callEndReason: End | undefined = undefined;
  role: ParticipantRole = "Unknown";
  isMuted: boolean;
  isIncomingAudioMuted = false;
  isScreenSharingOn = false;
  isLocalVideoStarted = false;
  localVideoStreams: LocalVideoStream[] = [];
  localAudioStreams: LocalAudioStream[] = [];
  remoteAudioStreams: RemoteAudioStream[] = [];
  remoteParticipants: Participant[] = [];
  readonly lobby = {
    participants: [],
    admit: refuse("A lobby"),
    reject: refuse("A lobby"),
    admitAll: refuse("A lobby"),
    on: () => {},
    off: () => {},
  };

  readonly #emitter = new Emitter<CallEvents>();
  readonly on = this.#emitter.on;
  readonly off = this.#emitter.off;
  readonly #events = new Emitter<InsideEvents>();
  readonly #features: CallFeatures;
  #room: Room | null = null;
  #self = "";
  #isOver = false;
  readonly #over = new AbortController();
  #isRefreshing = false;
  #ownSound: Capture | null = null;
  #constraints: VideoSendConstraints | undefined;
  /** Messages of people who are not known yet. */
  #early: { readonly message: Message; readonly peer: Peer }[] = [];
  #stopFollowing = () => {};
  #givingUp: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly around: Surroundings,
    private readonly displayName: string,
    private readonly options: JoinCallOptions,
  ) {
    this.isMuted = options.audioOptions?.muted ?? false;
    this.#constraints = options.videoOptions?.constraints?.send;
    this.info = {
      groupId: undefined,
      threadId: undefined,
      participantId: newId(),
      getServerCallId: () => this.#serverCallId(),
      getConversationUrl: refuse("A conversation URL"),
    };
    this.#features = new CallFeatures(this.#inside());
  }

  // ------------------------------------------------------------------------------------------------ joining and leaving

  /** Join; ends in `Connected` or `Disconnected`, and never rejects. */
  async start(): Promise<void> {
    this.#enter("Connecting");
    const joining = this.#join();
    // Made while the service answers.
    const room = this.around.openRoom();
    let admission: Admission;
    try {
      admission = await joining;
    } catch (error) {
      this.#finish(refused(asRefusal(error)));
      return;
    }
    if (this.#isOver) return;
    this.#admit(admission);
    this.#room = room;
    this.#listen(room);
    try {
      await connect(room, admission, { autoSubscribe: false });
    } catch (error) {
      await this.#unconnected(admission.mediaUrl, error);
      return;
    }
    if (this.#isOver) {
      await room.disconnect();
      return;
    }
    this.#arrive(room);
    await this.#startMedia();
  }

  /** Return the admission; somebody who has to wait is in the lobby until then. */
  async #join(): Promise<Admission> {
    while (true) {
      try {
        return await this.around.service.join(this.displayName);
      } catch (error) {
        if (this.#isOver || asRefusal(error).code !== MUST_WAIT) throw error;
      }
      this.#enter("InLobby");
      // A door that opens and shuts at once must not be asked without a pause.
      const pause = new Promise((resolve) => setTimeout(resolve, SHORTEST_WAIT));
      await Promise.all([this.around.service.wait(this.#over.signal), pause]);
    }
  }

  hangUp = async (options: HangUpOptions = {}): Promise<void> => {
    if (this.#isOver) return;
    if (options.forEveryone) {
      if (!this.#may("hangUpForEveryOne")) throw new errors.CallingError(403, 0, "Only a Presenter ends the call.");
      await this.around.service.end().catch(rethrow);
      this.#finish(this.callEndReason ?? { ...LEFT });
      return;
    }
    this.#enter("Disconnecting");
    this.#finish(LEFT);
  };

  /** Leave because the agent is disposed. */
  dispose = (): void => void this.hangUp();

  #admit(admission: Admission): void {
    this.#self = ownerOf(admission.identity);
    this.#setRole(admission.role);
    this.#features.capabilities.set(capabilitiesOf(admission));
    if (!this.#may("unmuteMic")) this.#setMuted(true);
  }

  #arrive(room: Room): void {
    this.remoteParticipants = [];
    for (const peer of room.remoteParticipants.values()) this.#add(peer);
    this.#enter("Connected");
    const added = this.remoteParticipants;
    if (added.length > 0) this.#emitter.emit("remoteParticipantsUpdated", { added: [...added], removed: [] });
    for (const participant of added) this.#events.emit("joined", participant);
    for (const { message, peer } of this.#early.splice(0)) this.#deliver(message, peer);
    this.remoteAudioStreams = [this.around.sound.stream];
    this.#emitter.emit("remoteAudioStreamsUpdated", { added: [...this.remoteAudioStreams], removed: [] });
  }

  /** Turn on what the app requested before; diagnostics report failures, because no caller waits for them. */
  async #startMedia(): Promise<void> {
    const { localVideoStreams = [] } = this.options.videoOptions ?? {};
    const [sound] = this.options.audioOptions?.localAudioStreams ?? [];
    const starting: Promise<void>[] = [];
    if (!this.isMuted) starting.push(this.#openMicrophone(sound).catch(() => this.#setMuted(true)));
    if (this.#may("turnVideoOn"))
      for (const stream of localVideoStreams.slice(0, 1)) starting.push(this.startVideo(stream).catch(() => {}));
    await Promise.all(starting);
  }

  async #unconnected(mediaUrl: string, error: unknown): Promise<void> {
    if (this.#isOver) return;
    const refusal = await this.#refusalNow();
    if (!refusal) reportUnconnected(mediaUrl, error);
    this.#finish(unconnected(refusal));
  }

  async #disconnected(reason: DisconnectReason | undefined): Promise<void> {
    // While connecting, the error of the attempt says more.
    if (this.#isOver || this.state !== "Connected") return;
    this.#finish(parted(reason, await this.#refusalNow()));
  }

  #interrupted = (): void => {
    this.#features.diagnostics.network.set("networkReconnect", DiagnosticQuality.Bad);
    this.#givingUp ??= setTimeout(() => void this.#giveUp(), LONGEST_RECONNECT);
  };

  #restored = (): void => {
    clearTimeout(this.#givingUp);
    this.#givingUp = undefined;
    this.#features.diagnostics.network.set("networkReconnect", DiagnosticQuality.Good);
  };

  async #giveUp(): Promise<void> {
    const refusal = await this.#refusalNow();
    if (this.#givingUp) this.#finish(parted(undefined, refusal));
  }

  async #refusalNow(): Promise<Refusal | null> {
    try {
      await this.around.service.join(this.displayName);
      return null;
    } catch (error) {
      return asRefusal(error);
    }
  }

  #finish(end: End): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#over.abort();
    const room = this.#room;
    this.#stopFollowing();
    clearTimeout(this.#givingUp);
    this.#dropVideo([...this.localVideoStreams]);
    this.#ownSound?.release(this);
    this.around.sound.stop();
    void room?.disconnect();
    if (end === UNREACHABLE) this.#features.diagnostics.network.set("noNetwork", true);
    for (const participant of this.remoteParticipants) participant.leave(ENDED);
    this.callEndReason = { ...end };
    this.#enter("Disconnected");
    this.#events.emit("over");
    this.around.onEnded(this);
    // Apps unsubscribe with new functions, which removes nothing.
    setTimeout(() => this.#forget(), 0);
  }

  #forget(): void {
    this.#emitter.clear();
    this.#events.clear();
    this.#features.forget();
    for (const participant of this.remoteParticipants) participant.forget();
  }

  #enter(state: CallState): void {
    if (this.state === state) return;
    this.state = state;
    this.#emitter.emit("stateChanged");
  }

  // --------------------------------------------------------------------------------------------------------- the room

  #listen(room: Room): void {
    const { diagnostics } = this.#features;
    const sync = (_what: unknown, peer: unknown) => this.#sync(peer);
    room
      .on(RoomEvent.Disconnected, (reason) => void this.#disconnected(reason))
      .on(RoomEvent.ParticipantConnected, (peer) => this.#joined(peer))
      .on(RoomEvent.ParticipantActive, (who) => {
        const participant = this.#of(who);
        if (participant) this.#events.emit("reachable", participant);
      })
      .on(RoomEvent.ParticipantDisconnected, (peer) => this.#left(peer))
      .on(RoomEvent.TrackPublished, sync)
      .on(RoomEvent.TrackUnpublished, sync)
      .on(RoomEvent.TrackSubscribed, (_track, _publication, peer) => this.#sync(peer))
      .on(RoomEvent.TrackUnsubscribed, (_track, _publication, peer) => this.#sync(peer))
      .on(RoomEvent.TrackStreamStateChanged, (_publication, _state, peer) => this.#sync(peer))
      .on(RoomEvent.TrackUnmuted, sync)
      .on(RoomEvent.TrackMuted, (publication, who) => {
        if (who === room.localParticipant) this.#ownTrackMuted(publication as LocalTrackPublication);
        else this.#sync(who);
      })
      .on(RoomEvent.ParticipantNameChanged, sync)
      .on(RoomEvent.ParticipantAttributesChanged, (_changed, who) => {
        if (who === room.localParticipant) void this.#refresh();
        else this.#sync(who);
      })
      .on(RoomEvent.ParticipantPermissionsChanged, (_before, who) => {
        if (who === room.localParticipant) void this.#refresh();
      })
      .on(RoomEvent.LocalTrackUnpublished, (publication) => this.#ownTrackTakenDown(publication))
      .on(RoomEvent.ActiveSpeakersChanged, () => this.#hear(room))
      .on(RoomEvent.DataReceived, (payload, peer, _kind, topic) => {
        if (topic === MESSAGES_TOPIC) this.#receive(payload, peer);
      })
      .on(RoomEvent.Reconnecting, this.#interrupted)
      .on(RoomEvent.SignalReconnecting, this.#interrupted)
      .on(RoomEvent.Reconnected, this.#restored)
      .on(RoomEvent.ConnectionQualityChanged, (quality, who) => {
        const known = QUALITY[quality];
        if (who === room.localParticipant && known) diagnostics.network.set("networkReceiveQuality", known);
      });
    this.around.sound.play(room);
    this.#stopFollowing = this.around.devices.follow((kind, id) => room.switchActiveDevice(kind, id));
    this.around.devices.on("audioDevicesUpdated", this.#diagnoseDevices);
    this.#diagnoseDevices();
  }

  #diagnoseDevices = (): void => {
    const { devices } = this.around;
    const { media } = this.#features.diagnostics;
    for (const [type, diagnostic] of [
      ["Microphone", "noMicrophoneDevicesEnumerated"],
      ["Speaker", "noSpeakerDevicesEnumerated"],
    ] as const) {
      // Browsers without a choice of speakers list none.
      const isMissing = devices.lacks(type) && (type === "Microphone" || devices.isSpeakerSelectionAvailable);
      if (isMissing || media.getLatest()[diagnostic]) media.set(diagnostic, isMissing);
    }
    if (devices.denied.audio) media.set("microphonePermissionDenied", true);
    if (devices.denied.video) media.set("cameraPermissionDenied", true);
  };

  /** Return the participant of a peer, or undefined for the local person and for second connections. */
  #of(peer: unknown): Participant | undefined {
    return this.remoteParticipants.find((participant) => participant.peer === peer);
  }

  #add(peer: Peer): Participant | null {
    const rawId = ownerOf(peer.identity);
    if (rawId === this.#self || this.remoteParticipants.some((participant) => participant.rawId === rawId)) return null;
    const participant = new Participant(peer, (who) => this.#muteOther(who));
    this.remoteParticipants = [...this.remoteParticipants, participant];
    return participant;
  }

  #joined(peer: Peer): void {
    if (this.state !== "Connected") return;
    const participant = this.#add(peer);
    if (!participant) return;
    this.#emitter.emit("remoteParticipantsUpdated", { added: [participant], removed: [] });
    this.#events.emit("joined", participant);
  }

  #left(peer: Peer): void {
    const participant = this.#of(peer);
    if (!participant) return;
    this.remoteParticipants = this.remoteParticipants.filter((one) => one !== participant);
    this.#events.emit("left", participant);
    participant.leave(LEFT);
    this.#emitter.emit("remoteParticipantsUpdated", { added: [], removed: [participant] });
    setTimeout(() => participant.forget(), 0);
  }

  #sync(peer: unknown): void {
    this.#of(peer)?.sync();
  }

  #hear(room: Room): void {
    for (const participant of this.remoteParticipants) participant.sync();
    const speaking = room.activeSpeakers.map((one) => this.#of(one)).filter((one) => one !== undefined);
    this.#features.speakers.hear(speaking, this.remoteParticipants);
  }

  #receive(payload: Uint8Array, peer: Peer | undefined): void {
    const message = readMessage(payload);
    if (!message || !peer) return;
    if (this.state === "Connected") this.#deliver(message, peer);
    else this.#early = [...this.#early, { message, peer }].slice(-EARLY_MESSAGES);
  }

  #deliver(message: Message, peer: Peer): void {
    const from = this.#of(peer);
    if (from) this.#events.emit("message", message, from);
  }

  #inside(): Inside {
    const call = this;
    return {
      call,
      events: this.#events,
      get self() {
        return call.#self;
      },
      get participants() {
        return call.remoteParticipants;
      },
      send: async (message, to) => {
        const destination = to ? { destinationIdentities: [to.peer.identity] } : {};
        await call.#connected().localParticipant.publishData(writeMessage(message), {
          reliable: true,
          topic: MESSAGES_TOPIC,
          ...destination,
        });
      },
    };
  }

  #connected(): Room {
    if (!this.#room || this.state !== "Connected") throw failure(errors.NOT_CONNECTED);
    return this.#room;
  }

  async #serverCallId(): Promise<string> {
    return this.#connected().getSid();
  }

  feature = <T>(factory: FeatureFactory<T>): T => this.#features.get(factory);

  // ------------------------------------------------------------------------------------------------------- the role

  #may(capability: ParticipantCapabilityName): boolean {
    return this.#features.capabilities.capabilities[capability].isPresent;
  }

  #setRole(role: ParticipantRole): void {
    if (this.role === role) return;
    const oldRole = this.role;
    this.role = role;
    this.#emitter.emit("roleChanged", { oldRole, newRole: role });
  }

  /** LiveKit reported a new role; ask the service what it allows. */
  async #refresh(): Promise<void> {
    if (this.#isRefreshing || this.state !== "Connected") return;
    this.#isRefreshing = true;
    for (const pause of REFRESH_PAUSES) {
      await new Promise((resolve) => setTimeout(resolve, pause));
      if (this.#isOver) break;
      const admission = await this.around.service.join(this.displayName).catch(() => null);
      if (this.#isOver) break;
      const shown = this.#room ? roleOf(this.#room.localParticipant.attributes) : "Unknown";
      if (admission) this.#admit(admission);
      // LiveKit may show the new role earlier or later than the service.
      if (admission && (shown === "Unknown" || shown === admission.role)) break;
    }
    this.#isRefreshing = false;
  }

  // ---------------------------------------------------------------------------------------------------------- sound

  mute = async (): Promise<void> => {
    this.#setMuted(true);
    if (this.state === "Connected") await this.#room?.localParticipant.setMicrophoneEnabled(false);
  };

  unmute = async (): Promise<void> => {
    if (this.#isOver) throw failure(errors.NOT_CONNECTED);
    if (this.state !== "Connected") {
      this.#setMuted(false);
      return;
    }
    if (!this.#may("unmuteMic")) throw roleRefused(errors.UNMUTE_FAILED, "speak");
    await this.#openMicrophone();
    this.#setMuted(false);
  };

  muteIncomingAudio = async (): Promise<void> => this.#muteIncoming(true);

  unmuteIncomingAudio = async (): Promise<void> => this.#muteIncoming(false);

  muteAllRemoteParticipants = async (): Promise<void> => {
    const speaking = this.remoteParticipants.filter((participant) => !participant.isMuted);
    await Promise.all(speaking.map((participant) => participant.mute()));
  };

  startAudio = async (stream: LocalAudioStream): Promise<void> => {
    if (!this.#may("unmuteMic")) throw roleRefused(errors.UNMUTE_FAILED, "speak");
    await this.stopAudio();
    await this.#openMicrophone(stream);
    this.#setMuted(false);
  };

  stopAudio = async (): Promise<void> => {
    this.#setMuted(true);
    const local = this.#connected().localParticipant;
    const track = local.getTrackPublication(Track.Source.Microphone)?.track;
    if (track) await local.unpublishTrack(track);
  };

  async #openMicrophone(stream?: LocalAudioStream): Promise<void> {
    const { media } = this.#features.diagnostics;
    try {
      await (stream ? this.#publishSound(stream) : this.#connected().localParticipant.setMicrophoneEnabled(true));
    } catch (error) {
      if (isDenied(error)) media.set("microphonePermissionDenied", true);
      throw failure(errors.UNMUTE_FAILED, errors.messageOf(error));
    }
    if (media.getLatest().microphonePermissionDenied) media.set("microphonePermissionDenied", false);
    if (this.localAudioStreams.length === 0) this.#setSound([stream ?? this.#selectedSound()]);
  }

  async #publishSound(stream: LocalAudioStream): Promise<void> {
    const capture = captureOf(stream);
    if (!capture) throw failure(errors.NO_STREAM);
    const track = await capture.hold(this);
    await this.#connected().localParticipant.publishTrack(track, { source: Track.Source.Microphone });
    this.#ownSound = capture;
    this.#setSound([stream]);
  }

  #selectedSound(): LocalAudioStream {
    const { selectedMicrophone } = this.around.devices;
    const fallback = { id: "microphone:default", name: "", isSystemDefault: true, deviceType: "Microphone" } as const;
    return new LocalAudio(selectedMicrophone ?? fallback);
  }

  #setSound(streams: LocalAudioStream[]): void {
    const removed = this.localAudioStreams;
    this.localAudioStreams = streams;
    this.#emitter.emit("localAudioStreamsUpdated", { added: [...streams], removed });
  }

  #setMuted(isMuted: boolean): void {
    if (this.isMuted === isMuted) return;
    this.isMuted = isMuted;
    this.#emitter.emit("isMutedChanged");
  }

  #muteIncoming(isMuted: boolean): void {
    this.around.sound.isMuted = isMuted;
    if (this.isIncomingAudioMuted === isMuted) return;
    this.isIncomingAudioMuted = isMuted;
    this.#emitter.emit("isIncomingAudioMutedChanged");
  }

  #ownTrackMuted(publication: LocalTrackPublication): void {
    const { media } = this.#features.diagnostics;
    const hasEnded = publication.track?.mediaStreamTrack.readyState === "ended";
    if (publication.source === Track.Source.Camera && hasEnded) {
      media.set("cameraStoppedUnexpectedly", true);
      this.#dropVideo(this.localVideoStreams.filter((stream) => stream.mediaStreamType === "Video"));
    }
    if (publication.source !== Track.Source.Microphone || this.isMuted) return;
    this.#setMuted(true);
    if (hasEnded) media.set("microphoneMuteUnexpectedly", true);
    else this.#emitter.emit("mutedByOthers");
  }

  /** The service unpublished a track that the role no longer allows. */
  #ownTrackTakenDown(publication: LocalTrackPublication): void {
    if (this.#isOver) return;
    if (publication.source === Track.Source.Microphone) {
      this.#setMuted(true);
      this.#ownSound?.release(this);
      this.#ownSound = null;
      if (this.localAudioStreams.length > 0) this.#setSound([]);
    }
    const gone = this.localVideoStreams.filter((stream) => sourceOf(stream) === publication.source);
    this.#dropVideo(gone);
  }

  // -------------------------------------------------------------------------------------------------------------- video

  startVideo = async (stream: LocalVideoStream): Promise<void> => {
    const capture = captureOf(stream);
    if (!capture) throw failure(errors.NO_STREAM);
    const room = this.#connected();
    if (!this.#may("turnVideoOn")) throw roleRefused(errors.VIDEO_ON, "turn on a camera");
    if (this.#localOf("Video")) throw failure(errors.VIDEO_ON);
    await this.#publish(room, stream, capture);
  };

  stopVideo = async (stream: LocalVideoStream): Promise<void> => {
    if (!captureOf(stream)) throw failure(errors.NO_STREAM);
    const own = this.#localOf("Video");
    if (!own) throw failure(errors.VIDEO_OFF);
    // Apps create a new stream for the same camera.
    if (own !== stream && own.source.id !== stream.source.id) throw failure(errors.STREAM_NOT_IN_CALL);
    await this.#unpublish(own);
  };

  startScreenSharing = async (given?: LocalVideoStream): Promise<void> => {
    const room = this.#connected();
    if (!this.#may("shareScreen")) throw roleRefused(errors.SHARE_ON, "share a screen");
    if (this.isScreenSharingOn) throw failure(errors.SHARE_ON);
    const stream = given ?? (await this.#askForScreen());
    const capture = captureOf(stream);
    if (!capture) throw failure(errors.NO_STREAM);
    await this.#publish(room, stream, capture);
    // The person may stop sharing in the browser's own bar.
    capture.track?.addEventListener("ended", () => {
      if (this.localVideoStreams.includes(stream)) void this.stopScreenSharing();
    });
  };

  stopScreenSharing = async (): Promise<void> => {
    const own = this.#localOf("ScreenSharing");
    if (!own) throw failure(errors.SHARE_OFF);
    await this.#unpublish(own);
  };

  setConstraints = async ({ video }: MediaConstraints): Promise<void> => {
    this.#constraints = video?.send ?? this.#constraints;
    await this.#constrain();
  };

  async #constrain(): Promise<void> {
    const own = this.#localOf("Video");
    const track = own && captureOf(own)?.track;
    const sender = this.#room?.localParticipant.getTrackPublication(Track.Source.Camera)?.track?.sender;
    if (track && this.#constraints) await constrain(track, sender, this.#constraints);
  }

  /** Constrain a video that has just begun; a camera that cannot be constrained still sends. */
  async #tryToConstrain(): Promise<void> {
    await this.#constrain().catch(() => {});
  }

  async #askForScreen(): Promise<LocalVideoStream> {
    try {
      return await this.around.captureScreen();
    } catch (error) {
      // By this text, browsers distinguish a refusal by the system from one by the person.
      const bySystem = /by system/iu.test(errors.messageOf(error));
      if (bySystem) this.#features.diagnostics.media.set("screenshareRecordingDisabled", true);
      throw new errors.CallingError(403, errors.SHARE_ON[1], errors.messageOf(error));
    }
  }

  #localOf(type: "Video" | "ScreenSharing"): LocalVideoStream | undefined {
    return this.localVideoStreams.find((stream) => stream.mediaStreamType === type);
  }

  async #publish(room: Room, stream: LocalVideoStream, capture: Capture): Promise<void> {
    const { media } = this.#features.diagnostics;
    try {
      const track = await capture.hold(this);
      await room.localParticipant.publishTrack(track, { source: sourceOf(stream) });
    } catch (error) {
      capture.release(this);
      if ((error as { subCode?: number }).subCode === errors.CAMERA_REFUSED[1])
        media.set("cameraPermissionDenied", true);
      throw error instanceof errors.CallingError ? error : failure(errors.CAMERA_FAILED, errors.messageOf(error));
    }
    if (this.#isOver) {
      capture.release(this);
      throw failure(errors.NOT_CONNECTED);
    }
    for (const diagnostic of ["cameraPermissionDenied", "cameraStoppedUnexpectedly"] as const)
      if (media.getLatest()[diagnostic]) media.set(diagnostic, false);
    capture.onSwitch = async (track) => {
      await room.localParticipant.getTrackPublication(sourceOf(stream))?.track?.replaceTrack(track, true);
      await this.#tryToConstrain();
    };
    this.#setVideo([...this.localVideoStreams, stream], [stream], []);
    await this.#tryToConstrain();
  }

  async #unpublish(stream: LocalVideoStream): Promise<void> {
    const local = this.#room?.localParticipant;
    const track = local?.getTrackPublication(sourceOf(stream))?.track;
    this.#dropVideo([stream]);
    if (track) await local?.unpublishTrack(track, false);
  }

  /** Remove streams from the call and release their devices. */
  #dropVideo(streams: LocalVideoStream[]): void {
    if (streams.length === 0) return;
    const rest = this.localVideoStreams.filter((stream) => !streams.includes(stream));
    this.#setVideo(rest, [], streams);
    for (const stream of streams) {
      const capture = captureOf(stream);
      if (!capture) continue;
      capture.onSwitch = async () => {};
      capture.release(this);
    }
  }

  #setVideo(streams: LocalVideoStream[], added: LocalVideoStream[], removed: LocalVideoStream[]): void {
    this.localVideoStreams = streams;
    for (const stream of [...added, ...removed]) Object.assign(stream, { isSending: added.includes(stream) });
    this.#emitter.emit("localVideoStreamsUpdated", { added, removed });
    const isStarted = this.#localOf("Video") !== undefined;
    const isSharing = this.#localOf("ScreenSharing") !== undefined;
    const [startedChanged, sharingChanged] = [
      isStarted !== this.isLocalVideoStarted,
      isSharing !== this.isScreenSharingOn,
    ];
    this.isLocalVideoStarted = isStarted;
    this.isScreenSharingOn = isSharing;
    if (startedChanged) this.#emitter.emit("isLocalVideoStartedChanged");
    if (sharingChanged) this.#emitter.emit("isScreenSharingOnChanged");
  }

  // --------------------------------------------------------------------------------------------------------- others

  removeParticipant = async (identifier: CommunicationIdentifier): Promise<void> => {
    if (!this.#may("removeParticipant"))
      throw new errors.CallingError(403, 0, "Only a Presenter removes others from the call.");
    await this.around.service.remove(getIdentifierRawId(identifier)).catch(rethrow);
  };

  addParticipant = (): never => {
    throw notSupported("Adding somebody to a call (invite them to the room instead)");
  };

  hold = refuse("Hold");
  resume = refuse("Hold");
  sendDtmf = refuse("DTMF");

  async #muteOther(rawId: string): Promise<void> {
    if (!this.#may("muteOthers")) throw new errors.CallingError(403, 0, "Only a Presenter mutes others.");
    await this.around.service.mute(rawId).catch(rethrow);
  }
}

const sourceOf = (stream: LocalVideoStream) =>
  stream.mediaStreamType === "ScreenSharing" ? Track.Source.ScreenShare : Track.Source.Camera;

const isDenied = (error: unknown) => error instanceof Error && error.name === "NotAllowedError";

function refuse(what: string): () => Promise<never> {
  return async () => {
    throw notSupported(what);
  };
}

/** Throw a refusal of the service as the error of a method. */
function rethrow(error: unknown): never {
  const { code, subCode, message } = refused(asRefusal(error));
  throw new errors.CallingError(code, subCode, message);
}
