/** What the role allows, and tells when that changes. */

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
    // Microsoft's UI library greets whoever joins with "your role has been changed" if the first reason is RoleChanged.
    const reason = this.#isFirst ? "MeetingOptionOrOrganizerPolicyChanged" : "RoleChanged";
    this.#isFirst = false;
    if (changed) this.#emitter.emit("capabilitiesChanged", { ...changed, reason });
  }

  forget(): void {
    this.#emitter.clear();
  }
}
