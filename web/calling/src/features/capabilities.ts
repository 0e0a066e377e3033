/** The capabilities of the role, and an event when they change. */

import { changes, unknownCapabilities } from "../capabilities";
import { Emitter } from "../emitter";
import type { CapabilitiesChangeInfo, CapabilitiesFeature, ParticipantCapabilities } from "../types";

export class Capabilities implements CapabilitiesFeature {
  readonly name = "Capabilities";
  capabilities: ParticipantCapabilities = unknownCapabilities();
  readonly #emitter = new Emitter<{ capabilitiesChanged: (info: CapabilitiesChangeInfo) => void }>();
  readonly on = this.#emitter.on;
  readonly off = this.#emitter.off;
  #isFirst = true;

  set(capabilities: ParticipantCapabilities): void {
    const changed = changes(this.capabilities, capabilities);
    this.capabilities = capabilities;
    // If the first reason is RoleChanged, Microsoft's UI library shows "your role has been changed" on joining.
    const reason = this.#isFirst ? "MeetingOptionOrOrganizerPolicyChanged" : "RoleChanged";
    this.#isFirst = false;
    if (changed) this.#emitter.emit("capabilitiesChanged", { ...changed, reason });
  }

  forget(): void {
    this.#emitter.clear();
  }
}
