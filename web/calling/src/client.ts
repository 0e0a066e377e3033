/** The client that an app creates first; it returns the agent and the device manager. */

import type { CommunicationTokenCredential } from "@azure/communication-common";
import { Agent } from "./agent";
import { Devices } from "./devices";
import { CallingError, failure, notSupported, SECOND_AGENT } from "./errors";
import { debugInfo } from "./features/debug";
import { Features } from "./features/names";
import type { CallAgent, CallAgentOptions, CallClient, DeviceManager, FeatureFactory, TeamsCallAgent } from "./types";

export class Client implements CallClient {
  #agent: Agent | null = null;
  #last: Agent["last"] = {};
  #devices: Devices | null = null;
  readonly #debugInfo = debugInfo(() => this.#agent?.last ?? this.#last);

  createCallAgent = async (
    credential: CommunicationTokenCredential,
    options: CallAgentOptions = {},
  ): Promise<CallAgent> => {
    if (typeof credential?.getToken !== "function") throw new CallingError(400, 0, "A token credential is needed.");
    if (this.#agent) throw failure(SECOND_AGENT);
    const agent = new Agent(credential, options.displayName, this.#deviceManager(), () => {
      if (this.#agent !== agent) return;
      this.#last = agent.last;
      this.#agent = null;
    });
    this.#agent = agent;
    return agent;
  };

  createTeamsCallAgent = async (): Promise<TeamsCallAgent> => {
    throw notSupported("A Teams user");
  };

  getDeviceManager = async (): Promise<DeviceManager> => this.#deviceManager();

  feature = <T>(factory: FeatureFactory<T>): T => {
    if ((factory as FeatureFactory<unknown>) === Features.DebugInfo) return this.#debugInfo as T;
    throw notSupported(`The feature ${factory?.name} of a CallClient`);
  };

  dispose = async (): Promise<void> => {
    await this.#agent?.dispose();
  };

  #deviceManager(): Devices {
    this.#devices ??= new Devices();
    return this.#devices;
  }
}
