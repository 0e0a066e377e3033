/** Joins rooms as one person. */

import type { CommunicationIdentifier, CommunicationTokenCredential } from "@azure/communication-common";
import { Room, setLogLevel } from "livekit-client";
import { RoomCall } from "./call";
import { type Devices, deviceIdOf } from "./devices";
import { Emitter } from "./emitter";
import { CallingError, notSupported } from "./errors";
import { CallService, endpoint } from "./service";
import { PageSound } from "./sound";
import { captureScreen } from "./streams";
import type {
  AnyLocator,
  Call,
  CallAgent,
  CallAgentEvents,
  ConnectionState,
  FeatureFactory,
  IncomingCall,
  JoinCallOptions,
} from "./types";

export class Agent implements CallAgent {
  readonly kind = "CallAgent";
  readonly incomingCalls: IncomingCall[] = [];
  readonly displayName: string | undefined;
  calls: RoomCall[] = [];
  connectionState: ConnectionState = "Connected";
  /** The latest call, for error reports. */
  last: { callId?: string; participantId?: string } = {};
  readonly #emitter = new Emitter<CallAgentEvents>();
  readonly on = this.#emitter.on;
  readonly off = this.#emitter.off;
  readonly #endpoint = endpoint();
  #isDisposed = false;

  constructor(
    private readonly credential: CommunicationTokenCredential,
    displayName: string | undefined,
    private readonly devices: Devices,
    private readonly onDispose: () => void,
  ) {
    this.displayName = displayName;
  }

  join = (locator: AnyLocator, options: JoinCallOptions = {}): Call => {
    if (this.#isDisposed) throw new CallingError(409, 0, "The CallAgent has been disposed.");
    if (!("roomId" in locator)) throw notSupported("A call other than that of a room ({ roomId })");
    const call = this.#call(locator.roomId, options);
    this.calls = [...this.calls, call];
    this.last = { callId: call.id, participantId: call.info.participantId };
    queueMicrotask(() => {
      this.#emitter.emit("callsUpdated", { added: [call], removed: [] });
      void call.start();
    });
    return call;
  };

  startCall = (_participants: CommunicationIdentifier[]): Call => {
    throw notSupported("A call other than that of a room (use join)");
  };

  feature = <T>(factory: FeatureFactory<T>): T => {
    throw notSupported(`The feature ${factory?.name} of a CallAgent`);
  };

  /** Leave every call. The client can create another agent at once. */
  dispose = async (): Promise<void> => {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.onDispose();
    await Promise.all(this.calls.map((call) => call.hangUp()));
    this.#setState("Disconnected");
    setTimeout(() => this.#emitter.clear(), 0);
  };

  #call(roomId: string, options: JoinCallOptions): RoomCall {
    const service = new CallService(this.#endpoint, roomId.trim(), this.credential, () =>
      this.#setState("Disconnected", "invalidToken"),
    );
    return new RoomCall(
      {
        service,
        devices: this.devices,
        sound: new PageSound(),
        openRoom: () => openRoom(this.devices),
        captureScreen,
        onEnded: (call) => this.#ended(call),
      },
      this.displayName ?? "",
      options,
    );
  }

  #ended(call: RoomCall): void {
    this.calls = this.calls.filter((one) => one !== call);
    this.#emitter.emit("callsUpdated", { added: [], removed: [call] });
  }

  #setState(newValue: ConnectionState, reason?: "invalidToken"): void {
    const oldValue = this.connectionState;
    if (oldValue === newValue) return;
    this.connectionState = newValue;
    this.#emitter.emit("connectionStateChanged", { oldValue, newValue, ...(reason ? { reason } : {}) });
  }
}

function openRoom({ selectedMicrophone, selectedSpeaker }: Devices): Room {
  // LiveKit logs every teardown to the console as an error.
  setLogLevel("silent");
  return new Room({
    adaptiveStream: true,
    dynacast: true,
    stopLocalTrackOnUnpublish: true,
    audioCaptureDefaults: selectedMicrophone ? { deviceId: deviceIdOf(selectedMicrophone) } : {},
    ...(selectedSpeaker ? { audioOutput: { deviceId: deviceIdOf(selectedSpeaker) } } : {}),
  });
}
