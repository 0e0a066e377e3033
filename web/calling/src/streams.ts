/** Video streams: the local camera or screen, and the video of others. */

import { type RemoteTrackPublication, type RemoteVideoTrack, Track } from "livekit-client";
import { deviceIdOf } from "./devices";
import { Emitter } from "./emitter";
import {
  CAMERA_FAILED,
  CAMERA_REFUSED,
  type CallingError,
  failure,
  messageOf,
  NO_CAMERA,
  notSupported,
  SAME_CAMERA,
} from "./errors";
import { makeStreamFeature } from "./features/streams";
import type {
  AudioDeviceInfo,
  FeatureFactory,
  LocalAudioStream,
  LocalVideoStream,
  MediaStreamType,
  RemoteVideoStream,
  RemoteVideoStreamEvents,
  StreamSize,
  VideoDeviceInfo,
} from "./types";

/** Something that video elements can show. */
export interface Picture {
  readonly size: StreamSize;
  show(video: HTMLVideoElement): Promise<void>;
  hide(video: HTMLVideoElement): void;
}

// Registered symbols, so that streams of a second copy of this package are recognised.
const PICTURE = Symbol.for("openrooms-calling.picture");
const CAPTURE = Symbol.for("openrooms-calling.capture");

const hidden = (stream: object, brand: symbol, value: unknown) => Object.defineProperty(stream, brand, { value });
const branded = <T>(stream: unknown, brand: symbol) => (stream as Record<symbol, T> | null | undefined)?.[brand];

/** Return the source of a stream, or undefined if this package did not create it. */
export const pictureOf = (stream: unknown): Picture | undefined => branded<Picture>(stream, PICTURE);

/** Return the capture of a local stream, or undefined if it is not one. */
export const captureOf = (stream: unknown): Capture | undefined => branded<Capture>(stream, CAPTURE);

type Source<Device> = Device | MediaStream;
type Open = () => Promise<MediaStreamTrack>;

const isMediaStream = (source: unknown): source is MediaStream =>
  typeof MediaStream !== "undefined" && source instanceof MediaStream;

const firstTrack = (stream: MediaStream): MediaStreamTrack => {
  const track = stream.getTracks()[0];
  if (!track) throw failure(CAMERA_FAILED, "The MediaStream has no track.");
  return track;
};

/** A device's track, which is open while a view, the call or the app holds it. */
export class Capture implements Picture {
  track: MediaStreamTrack | null = null;
  /** Called with the new track when the source is switched while it is held. */
  onSwitch: (track: MediaStreamTrack) => Promise<void> = async () => {};
  readonly #holders = new Set<unknown>();
  readonly #videos = new Set<HTMLVideoElement>();
  #opening: Promise<MediaStreamTrack> | null = null;

  constructor(
    private open: Open,
    /** False for a track of the app, which only the app may stop. */
    private owned = true,
  ) {}

  get size(): StreamSize {
    const { width = 0, height = 0 } = this.track?.getSettings() ?? {};
    return { width, height };
  }

  get isHeld(): boolean {
    return this.#holders.size > 0;
  }

  isHeldBesides(holder: unknown): boolean {
    return this.#holders.size > (this.#holders.has(holder) ? 1 : 0);
  }

  /** Return the open track; it stays open until the holder releases it. */
  async hold(holder: unknown): Promise<MediaStreamTrack> {
    this.#holders.add(holder);
    try {
      if (this.track?.readyState !== "live") await this.#acquire();
      return this.track as MediaStreamTrack;
    } catch (error) {
      this.#holders.delete(holder);
      throw error;
    }
  }

  release(holder: unknown): void {
    this.#holders.delete(holder);
    if (!this.isHeld) this.#stop();
  }

  /** Close the track, whoever holds it. */
  releaseAll(): void {
    this.#holders.clear();
    this.#stop();
  }

  async show(video: HTMLVideoElement): Promise<void> {
    this.#videos.add(video);
    try {
      this.#fill(video, await this.hold(video));
    } catch (error) {
      this.#videos.delete(video);
      throw error;
    }
  }

  hide(video: HTMLVideoElement): void {
    this.#videos.delete(video);
    video.srcObject = null;
    this.release(video);
  }

  /** Switch to another source; all holders get the new track. */
  async switch(open: Open, owned = true): Promise<void> {
    const before = this.open;
    const previous = this.owned ? this.track : null;
    this.open = open;
    if (this.isHeld) {
      try {
        this.track = await open();
      } catch {
        // Phones can open only one camera at a time.
        previous?.stop();
        try {
          this.track = await open();
        } catch (error) {
          this.open = before;
          throw error;
        }
      }
      previous?.stop();
      for (const video of this.#videos) this.#fill(video, this.track);
      await this.onSwitch(this.track);
    }
    this.owned = owned;
  }

  #fill(video: HTMLVideoElement, track: MediaStreamTrack): void {
    if (this.#videos.has(video)) video.srcObject = new MediaStream([track]);
  }

  async #acquire(): Promise<void> {
    this.#opening ??= this.open().finally(() => {
      this.#opening = null;
    });
    this.track = await this.#opening;
    if (!this.isHeld) this.#stop();
  }

  #stop(): void {
    if (this.owned) this.track?.stop();
    this.track = null;
  }
}

const REFUSED = new Set(["NotAllowedError", "SecurityError"]);
const MISSING = new Set(["NotFoundError", "OverconstrainedError"]);

function cameraError(error: unknown): CallingError {
  const name = error instanceof Error ? error.name : "";
  if (REFUSED.has(name)) return failure(CAMERA_REFUSED);
  return MISSING.has(name) ? failure(NO_CAMERA) : failure(CAMERA_FAILED, messageOf(error));
}

async function openCamera(device: VideoDeviceInfo): Promise<MediaStreamTrack> {
  try {
    const video = { deviceId: { exact: deviceIdOf(device) }, width: { ideal: 1280 }, height: { ideal: 720 } };
    return firstTrack(await navigator.mediaDevices.getUserMedia({ video }));
  } catch (error) {
    throw cameraError(error);
  }
}

async function openMicrophone(device: AudioDeviceInfo): Promise<MediaStreamTrack> {
  return firstTrack(await navigator.mediaDevices.getUserMedia({ audio: { deviceId: { exact: deviceIdOf(device) } } }));
}

/** The base of local video and audio. */
abstract class LocalStream<Device extends { id: string }> {
  source: Device;
  protected readonly capture: Capture;

  constructor(
    source: Source<Device>,
    private readonly describe: (track: MediaStreamTrack) => Device,
    private readonly openDevice: (device: Device) => Promise<MediaStreamTrack>,
    private readonly changed: () => void,
  ) {
    if (isMediaStream(source)) {
      const track = firstTrack(source);
      this.source = describe(track);
      this.capture = new Capture(async () => track, false);
    } else {
      this.source = source;
      this.capture = new Capture(() => this.openDevice(this.source));
    }
    hidden(this, CAPTURE, this.capture);
    hidden(this, PICTURE, this.capture);
  }

  switchSource = async (source: Device): Promise<void> => {
    if (source.id === this.source.id) throw failure(SAME_CAMERA);
    await this.capture.switch(() => this.openDevice(source));
    this.source = source;
    this.changed();
  };

  setMediaStream = async (stream: MediaStream): Promise<void> => {
    const track = firstTrack(stream);
    await this.capture.switch(async () => track, false);
    this.source = this.describe(track);
    this.changed();
  };

  getMediaStream = async (): Promise<MediaStream> => {
    const track = await this.capture.hold(this);
    // If nobody else holds the capture, the app holds it until it disposes the stream.
    if (this.capture.isHeldBesides(this)) this.capture.release(this);
    return new MediaStream([track]);
  };

  dispose = (): void => this.capture.releaseAll();

  feature = <T>(factory: FeatureFactory<T>): T => makeStreamFeature(this, factory);
}

/** A camera, a screen or the app's own video. */
export class LocalVideo extends LocalStream<VideoDeviceInfo> implements LocalVideoStream {
  isSending = false;
  readonly mediaStreamType: MediaStreamType;
  readonly on: LocalVideoStream["on"];
  readonly off: LocalVideoStream["off"];

  constructor(source: Source<VideoDeviceInfo>, mediaStreamType: MediaStreamType = "Video") {
    const emitter = new Emitter<{ videoSourceChanged: () => void }>();
    const deviceType = mediaStreamType === "ScreenSharing" ? "ScreenSharing" : "Virtual";
    const describe = (track: MediaStreamTrack) => ({ id: `track:${track.id}`, name: track.label, deviceType }) as const;
    super(source, describe, openCamera, () => emitter.emit("videoSourceChanged"));
    this.mediaStreamType = mediaStreamType;
    this.on = emitter.on;
    this.off = emitter.off;
  }
}

/** A microphone or the app's own sound. */
export class LocalAudio extends LocalStream<AudioDeviceInfo> implements LocalAudioStream {
  readonly mediaStreamType = "Audio";
  readonly on: LocalAudioStream["on"];
  readonly off: LocalAudioStream["off"];

  constructor(source: Source<AudioDeviceInfo>) {
    const emitter = new Emitter<{ audioSourceChanged: () => void }>();
    const describe = (track: MediaStreamTrack) =>
      ({ id: `track:${track.id}`, name: track.label, isSystemDefault: false, deviceType: "Virtual" }) as const;
    super(source, describe, openMicrophone, () => emitter.emit("audioSourceChanged"));
    this.on = emitter.on;
    this.off = emitter.off;
  }

  getVolume = async (): Promise<{ volume: number }> => {
    throw notSupported("The volume of a local stream");
  };
}

/** Let the person choose a screen to share. */
export async function captureScreen(): Promise<LocalVideo> {
  const screen = await navigator.mediaDevices.getDisplayMedia({ video: true });
  const stream = new LocalVideo(screen, "ScreenSharing");
  return stream;
}

let streams = 0;
const ARRIVAL_MS = 10_000;

/** One of the two videos of another person: the track that they publish of a source. */
export class RemoteVideo implements RemoteVideoStream {
  readonly id = ++streams;
  isAvailable = false;
  isReceiving = false;
  size: StreamSize = { width: 0, height: 0 };
  readonly #emitter = new Emitter<RemoteVideoStreamEvents>();
  readonly on = this.#emitter.on;
  readonly off = this.#emitter.off;
  #track: RemoteVideoTrack | null = null;
  #publication: RemoteTrackPublication | undefined;
  readonly #videos = new Map<HTMLVideoElement, () => void>();
  readonly #awaiting: ((track: RemoteVideoTrack) => void)[] = [];

  constructor(readonly mediaStreamType: "Video" | "ScreenSharing") {
    const picture: Picture = { size: this.size, show: this.#show, hide: this.#hide };
    Object.defineProperty(picture, "size", { get: () => this.size });
    hidden(this, PICTURE, picture);
  }

  getMediaStream = async (): Promise<MediaStream> => {
    if (!this.isAvailable) throw notSupported("The MediaStream of a video that is not available");
    this.#subscribe();
    const track = this.#track ?? (await this.#arrival());
    // LiveKit sends what its own elements show; the app's it does not see.
    this.#publication?.setEnabled(true);
    return new MediaStream([track.mediaStreamTrack]);
  };

  /** Update to the current publication. */
  sync(publication: RemoteTrackPublication | undefined): void {
    this.#publication = publication;
    if (this.#videos.size > 0) this.#subscribe();
    this.#setTrack((publication?.track as RemoteVideoTrack | undefined) ?? null);
    const isAvailable = publication !== undefined && !publication.isMuted;
    const isReceiving = isAvailable && this.#track?.streamState !== Track.StreamState.Paused;
    const { width = 0, height = 0 } = publication?.dimensions ?? {};
    const changedAvailable = this.isAvailable !== isAvailable;
    const changedReceiving = this.isReceiving !== isReceiving;
    this.isAvailable = isAvailable;
    this.isReceiving = isReceiving;
    if (this.size.width === 0) this.#resize(width, height);
    if (changedAvailable) this.#emitter.emit("isAvailableChanged");
    if (changedReceiving) this.#emitter.emit("isReceivingChanged");
  }

  forget(): void {
    this.#emitter.clear();
  }

  #show = async (video: HTMLVideoElement): Promise<void> => {
    const resized = () => this.#resize(video.videoWidth, video.videoHeight);
    video.addEventListener("resize", resized);
    this.#videos.set(video, () => video.removeEventListener("resize", resized));
    this.#subscribe();
    this.#track?.attach(video);
  };

  #hide = (video: HTMLVideoElement): void => {
    this.#videos.get(video)?.();
    this.#videos.delete(video);
    this.#track?.detach(video);
    video.srcObject = null;
  };

  /** Receive the video from now on. LiveKit pauses it by itself while all its views are hidden or gone. */
  #subscribe(): void {
    if (this.#publication && !this.#publication.isDesired) this.#publication.setSubscribed(true);
  }

  #arrival(): Promise<RemoteVideoTrack> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(notSupported("The MediaStream of a video that does not arrive")),
        ARRIVAL_MS,
      );
      this.#awaiting.push((track) => {
        clearTimeout(timer);
        resolve(track);
      });
    });
  }

  #setTrack(track: RemoteVideoTrack | null): void {
    if (this.#track === track) return;
    if (track) for (const arrived of this.#awaiting.splice(0)) arrived(track);
    for (const video of this.#videos.keys()) {
      this.#track?.detach(video);
      // LiveKit reduces or pauses video in small or hidden elements, if LiveKit has attached them itself.
      track?.attach(video);
    }
    this.#track = track;
  }

  #resize(width: number, height: number): void {
    if (width === 0 || (this.size.width === width && this.size.height === height)) return;
    this.size = { width, height };
    this.#emitter.emit("sizeChanged");
  }
}
