/** Cameras, microphones and speakers, as the browser lists them. */

import { Emitter } from "./emitter";
import type {
  AudioDeviceInfo,
  DeviceAccess,
  DeviceManager,
  DeviceManagerEvents,
  PermissionConstraints,
  VideoDeviceInfo,
} from "./types";

// Chromium has a device called "default" for input and one for output.
const PREFIX: Record<MediaDeviceKind, string> = {
  videoinput: "camera:",
  audioinput: "microphone:",
  audiooutput: "speaker:",
};

/** Return the browser's id of a device. */
export const deviceIdOf = (device: { id: string }): string => device.id.slice(device.id.indexOf(":") + 1);

const camera = (info: MediaDeviceInfo): VideoDeviceInfo => ({
  id: PREFIX.videoinput + info.deviceId,
  name: info.label,
  deviceType: "USBCamera",
});

const audio = (info: MediaDeviceInfo): AudioDeviceInfo => ({
  id: PREFIX[info.kind] + info.deviceId,
  name: info.label,
  isSystemDefault: info.deviceId === "default",
  deviceType: info.kind === "audioinput" ? "Microphone" : "Speaker",
});

const others = <T extends { id: string }>(of: readonly T[], than: readonly T[]) =>
  of.filter((device) => !than.some((one) => one.id === device.id));

/** Called when another device is selected, with `audioinput` or `audiooutput` and the browser's id. */
export type Apply = (kind: "audioinput" | "audiooutput", deviceId: string) => Promise<unknown>;

export class Devices implements DeviceManager {
  selectedMicrophone: AudioDeviceInfo | undefined = undefined;
  selectedSpeaker: AudioDeviceInfo | undefined = undefined;
  readonly isSpeakerSelectionAvailable: boolean;
  /** The kinds of devices that the browser has refused. */
  readonly denied = { audio: false, video: false };
  readonly #emitter = new Emitter<DeviceManagerEvents>();
  readonly on = this.#emitter.on;
  readonly off = this.#emitter.off;
  readonly #calls = new Set<Apply>();
  #cameras: VideoDeviceInfo[] = [];
  #audio: AudioDeviceInfo[] = [];
  /** The kinds that the browser listed, also without permission; null before it was asked. */
  #kinds: ReadonlySet<MediaDeviceKind> | null = null;

  constructor() {
    this.isSpeakerSelectionAvailable =
      typeof HTMLMediaElement !== "undefined" && "setSinkId" in HTMLMediaElement.prototype;
    if (typeof navigator !== "undefined")
      navigator.mediaDevices?.addEventListener?.("devicechange", () => void this.#list());
  }

  getCameras = async (): Promise<VideoDeviceInfo[]> => {
    await this.#list();
    return [...this.#cameras];
  };

  getMicrophones = async (): Promise<AudioDeviceInfo[]> => {
    await this.#list();
    return this.#audio.filter((device) => device.deviceType === "Microphone");
  };

  getSpeakers = async (): Promise<AudioDeviceInfo[]> => {
    await this.#list();
    return this.#audio.filter((device) => device.deviceType === "Speaker");
  };

  selectMicrophone = async (device: AudioDeviceInfo): Promise<void> => {
    this.selectedMicrophone = device;
    this.#emitter.emit("selectedMicrophoneChanged");
    await this.#apply("audioinput", device);
  };

  selectSpeaker = async (device: AudioDeviceInfo): Promise<void> => {
    this.selectedSpeaker = device;
    this.#emitter.emit("selectedSpeakerChanged");
    await this.#apply("audiooutput", device);
  };

  /** Ask the browser for access to each kind separately; a refusal is a result, not an error. */
  askDevicePermission = async (constraints: Partial<PermissionConstraints>): Promise<DeviceAccess> => {
    const access = { audio: false, video: false };
    for (const kind of ["audio", "video"] as const) {
      if (constraints[kind]) access[kind] = await this.#ask(kind);
    }
    await this.#list();
    return access;
  };

  /** Let a call follow the selection until it calls the returned function. */
  follow(apply: Apply): () => void {
    this.#calls.add(apply);
    return () => this.#calls.delete(apply);
  }

  /** Return whether the devices have been listed, with or without permission, and none of them has this type. */
  lacks(type: "Microphone" | "Speaker"): boolean {
    const kinds = this.#kinds;
    return kinds !== null && !kinds.has(type === "Microphone" ? "audioinput" : "audiooutput");
  }

  async #apply(kind: "audioinput" | "audiooutput", device: AudioDeviceInfo): Promise<void> {
    await Promise.all([...this.#calls].map((apply) => apply(kind, deviceIdOf(device))));
  }

  async #ask(kind: "audio" | "video"): Promise<boolean> {
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ [kind]: true });
      for (const track of stream.getTracks()) track.stop();
      this.denied[kind] = false;
      return true;
    } catch (error) {
      this.denied[kind] = error instanceof Error && error.name === "NotAllowedError";
      return false;
    }
  }

  async #list(): Promise<void> {
    const listed = (await navigator.mediaDevices?.enumerateDevices?.()) ?? [];
    // Without permission Chromium lists a device of each kind without an id, which cannot be opened.
    const known = listed.filter((info) => info.deviceId !== "");
    const cameras = known.filter((info) => info.kind === "videoinput").map(camera);
    const sound = known.filter((info) => info.kind !== "videoinput").map(audio);
    const [formerCameras, formerAudio] = [this.#cameras, this.#audio];
    this.#cameras = cameras;
    this.#audio = sound;
    this.#kinds = new Set(listed.map((info) => info.kind));
    this.#selectAgain();
    const changed = (now: readonly { id: string }[], before: readonly { id: string }[]) =>
      others(now, before).length + others(before, now).length > 0;
    if (changed(cameras, formerCameras))
      this.#emitter.emit("videoDevicesUpdated", {
        added: others(cameras, formerCameras),
        removed: others(formerCameras, cameras),
      });
    if (changed(sound, formerAudio))
      this.#emitter.emit("audioDevicesUpdated", {
        added: others(sound, formerAudio),
        removed: others(formerAudio, sound),
      });
  }

  /** Select the first device if none is selected or the selected one is gone. */
  #selectAgain(): void {
    const choose = (type: AudioDeviceInfo["deviceType"], selected: AudioDeviceInfo | undefined) => {
      const devices = this.#audio.filter((device) => device.deviceType === type);
      return devices.find((device) => device.id === selected?.id) ? selected : devices[0];
    };
    const microphone = choose("Microphone", this.selectedMicrophone);
    const speaker = choose("Speaker", this.selectedSpeaker);
    const [changedMicrophone, changedSpeaker] = [
      microphone?.id !== this.selectedMicrophone?.id,
      speaker?.id !== this.selectedSpeaker?.id,
    ];
    this.selectedMicrophone = microphone;
    this.selectedSpeaker = speaker;
    if (changedMicrophone) this.#emitter.emit("selectedMicrophoneChanged");
    if (changedSpeaker) this.#emitter.emit("selectedSpeakerChanged");
  }
}
