/** A service and a media engine that a test steers, and a call between them, seen as an app's state library sees it. */

import { type DisconnectReason, type Room, RoomEvent, Track } from "livekit-client";
import type { Admission } from "../../src/call/service";
import { Refusal } from "../../src/shared/http";
import { RoomCall } from "../src/call";
import { Devices } from "../src/devices";
import type { Sound } from "../src/sound";
import type { LocalVideo } from "../src/streams";
import type { Call, JoinCallOptions, RemoteAudioStream } from "../src/types";

const TALK = ["turnVideoOn", "unmuteMic"];
const LEAD = [...TALK, "shareScreen", "muteOthers", "removeParticipant", "hangUpForEveryOne"];
const ALLOWED: Record<Admission["role"], string[]> = {
  Presenter: LEAD,
  Collaborator: [...TALK, "shareScreen"],
  Attendee: TALK,
  Consumer: [],
};

export function admission(role: Admission["role"] = "Presenter"): Admission {
  return {
    roomId: "99412345678901234",
    identity: "8:acs:x_self",
    role,
    capabilities: new Set(ALLOWED[role]),
    validUntil: new Date(0),
    mediaUrl: "wss://rooms.example/livekit",
    mediaToken: "media",
  };
}

export const refusal = (status: number, subCode: number | null = null, code = "") =>
  new Refusal(status, "No.", code, subCode);

type Handler = (...args: unknown[]) => void;

class Events {
  #handlers = new Map<string, Handler[]>();

  on = (event: string, handler: Handler) => {
    this.#handlers.set(event, [...(this.#handlers.get(event) ?? []), handler]);
    return this;
  };
  emit(event: string, ...args: unknown[]) {
    for (const handler of this.#handlers.get(event) ?? []) handler(...args);
  }
}

interface FakePublication {
  source: Track.Source;
  isMuted: boolean;
  track?: object | undefined;
  dimensions?: { width: number; height: number };
  isDesired: boolean;
  setSubscribed(isDesired: boolean): void;
  setEnabled(): void;
}

/** Somebody else, as LiveKit shows them. */
export class FakePeer {
  sid = "PA_1";
  isSpeaking = false;
  publications = new Map<Track.Source, FakePublication>();
  attributes: Record<string, string>;

  constructor(
    readonly identity: string,
    public name: string,
    role: string,
  ) {
    this.attributes = { role };
  }

  getTrackPublication = (source: Track.Source) => this.publications.get(source);

  publish(source: Track.Source, changes: Partial<FakePublication> = {}): FakePublication {
    const track = { streamState: Track.StreamState.Active, attach: () => {}, detach: () => {} };
    const publication: FakePublication = {
      source,
      isMuted: false,
      track,
      isDesired: false,
      setSubscribed: (isDesired) => {
        publication.isDesired = isDesired;
      },
      setEnabled: () => {},
      ...changes,
    };
    this.publications.set(source, publication);
    return publication;
  }
}

class FakeLocal {
  attributes: Record<string, string> = {};
  microphone: boolean | null = null;
  sent: { message: unknown; to: string[] | undefined }[] = [];
  published: { track: MediaStreamTrack; source: Track.Source }[] = [];
  denies: Error | null = null;

  setMicrophoneEnabled = async (isOn: boolean) => {
    if (isOn && this.denies) throw this.denies;
    this.microphone = isOn;
  };
  publishTrack = async (track: MediaStreamTrack, { source }: { source: Track.Source }) => {
    this.published.push({ track, source });
  };
  unpublishTrack = async (track: MediaStreamTrack) => {
    this.published = this.published.filter((one) => one.track !== track);
  };
  getTrackPublication = (source: Track.Source) => this.published.find((one) => one.source === source);
  publishData = async (data: Uint8Array, options: { destinationIdentities?: string[] }) => {
    this.sent.push({ message: JSON.parse(new TextDecoder().decode(data)), to: options.destinationIdentities });
  };
}

export class FakeRoom extends Events {
  localParticipant = new FakeLocal();
  remoteParticipants = new Map<string, FakePeer>();
  activeSpeakers: FakePeer[] = [];
  disconnected = false;
  switched: unknown[] = [];

  constructor(private readonly world: World) {
    super();
  }

  connect = async () => {
    this.world.rooms.push(this);
    await this.world.connecting;
    if (this.world.engine) throw this.world.engine;
    for (const peer of this.world.peers) this.remoteParticipants.set(peer.identity, peer);
  };
  disconnect = async () => {
    this.disconnected = true;
  };
  switchActiveDevice = async (...args: unknown[]) => {
    this.switched.push(args);
  };
  getSid = async () => "RM_1";

  enter(peer: FakePeer) {
    this.remoteParticipants.set(peer.identity, peer);
    this.emit(RoomEvent.ParticipantConnected, peer);
  }
  leave(peer: FakePeer) {
    this.remoteParticipants.delete(peer.identity);
    this.emit(RoomEvent.ParticipantDisconnected, peer);
  }
  part(reason?: DisconnectReason) {
    this.emit(RoomEvent.Disconnected, reason);
  }
  say(peer: FakePeer, message: unknown, topic = "acs") {
    this.emit(RoomEvent.DataReceived, new TextEncoder().encode(JSON.stringify(message)), peer, 0, topic);
  }
}

class FakeSound implements Sound {
  stream = {} as RemoteAudioStream;
  isMuted = false;
  stopped = false;
  play() {}
  stop() {
    this.stopped = true;
  }
}

/** What sends a track in two layers. */
class FakeSender {
  parameters = { encodings: [{ maxBitrate: 1_500_000 }, { maxBitrate: 500_000 }] };
  getParameters = () => structuredClone(this.parameters);
  setParameters = async (parameters: FakeSender["parameters"]) => {
    this.parameters = parameters;
  };
  get rates() {
    return this.parameters.encodings.map((layer) => layer.maxBitrate);
  }
}

/** A track as a browser gives it, and as LiveKit publishes it. */
export class FakeTrack extends EventTarget {
  sender = new FakeSender();
  readyState: "live" | "ended" = "live";
  label = "a camera";
  constraints: unknown = null;
  constructor(readonly id: string) {
    super();
  }
  getSettings = () => ({ width: 640, height: 360 });
  applyConstraints = async (constraints: unknown) => {
    this.constraints = constraints;
  };
  stop = () => {
    this.readyState = "ended";
  };
}

export class World {
  answer: Admission | Refusal = admission();
  /** What joining waits for. */
  answering: Promise<void> = Promise.resolve();
  /** What the wait at the door waits for. */
  waiting: Promise<void> = Promise.resolve();
  connecting: Promise<void> = Promise.resolve();
  engine: Error | null = null;
  peers: FakePeer[] = [];
  /** Those that were connected. */
  rooms: FakeRoom[] = [];
  asked: string[] = [];
  ended: RoomCall[] = [];
  refuses: Refusal | null = null;
  screen: LocalVideo | Error = new Error("no screen");
  devices = new Devices();
  sound = new FakeSound();

  #act = (what: string) => async () => {
    this.asked.push(what);
    if (this.refuses) throw this.refuses;
  };

  call(options: JoinCallOptions = {}): RoomCall {
    return new RoomCall(
      {
        service: {
          join: async () => {
            this.asked.push("join");
            await this.answering;
            if (this.answer instanceof Refusal) throw this.answer;
            return this.answer;
          },
          wait: async (signal) => {
            this.asked.push("wait");
            signal.addEventListener("abort", () => this.asked.push("stop waiting"));
            await this.waiting;
          },
          mute: (rawId) => this.#act(`mute ${rawId}`)(),
          remove: (rawId) => this.#act(`remove ${rawId}`)(),
          end: this.#act("end"),
        },
        devices: this.devices,
        sound: this.sound,
        openRoom: () => new FakeRoom(this) as unknown as Room,
        captureScreen: async () => {
          if (this.screen instanceof Error) throw this.screen;
          return this.screen;
        },
        onEnded: (call) => this.ended.push(call),
      },
      "Ada",
      options,
    );
  }

  get room(): FakeRoom {
    return this.rooms.at(-1) as FakeRoom;
  }

  async connected(options: JoinCallOptions = {}): Promise<RoomCall> {
    const call = this.call(options);
    await call.start();
    return call;
  }
}

/** Return the call as an app's state library has it: every method is called on a Proxy, whatever is plain is frozen. */
export function proxied(call: RoomCall): Call {
  return new Proxy<Call>(call, {
    get: (target, name) => {
      const value = Reflect.get(target, name);
      freeze(value);
      return value;
    },
  });
}

/** Freeze plain objects and arrays, as Immer does; class instances are left alone. */
export function freeze(value: unknown): void {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return;
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== Array.prototype) return;
  Object.freeze(value);
  for (const one of Object.values(value)) freeze(one);
}

/** Return what a call says of itself at each event. */
export function history(call: Call): string[] {
  const seen: string[] = [];
  call.on("stateChanged", () => seen.push(call.state));
  call.on("roleChanged", () => seen.push(`role ${call.role}`));
  call.on("isMutedChanged", () => seen.push(call.isMuted ? "muted" : "unmuted"));
  call.on("mutedByOthers", () => seen.push("muted by others"));
  call.on("remoteParticipantsUpdated", ({ added, removed }) => seen.push(`+${added.length} -${removed.length}`));
  call.on("localVideoStreamsUpdated", ({ added, removed }) => seen.push(`video +${added.length} -${removed.length}`));
  return seen;
}
