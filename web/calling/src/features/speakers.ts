/** The dominant speakers, the latest first. */

import { Emitter } from "../emitter";
import type { Participant } from "../participants";
import type { DominantSpeakersCallFeature, DominantSpeakersInfo } from "../types";

export class DominantSpeakers implements DominantSpeakersCallFeature {
  readonly name = "DominantSpeakers";
  dominantSpeakers: DominantSpeakersInfo = { speakersList: [], timestamp: new Date() };
  readonly #emitter = new Emitter<{ dominantSpeakersChanged: () => void }>();
  readonly on = this.#emitter.on;
  readonly off = this.#emitter.off;
  #speakers: Participant[] = [];

  /** Put the current speakers first, the loudest before the others; earlier speakers who are still in the call follow. */
  hear(speaking: readonly Participant[], present: readonly Participant[]): void {
    const silent = this.#speakers.filter((one) => !speaking.includes(one) && present.includes(one));
    const speakers = [...speaking, ...silent];
    const isSame = speakers.length === this.#speakers.length && speakers.every((one, i) => one === this.#speakers[i]);
    if (isSame) return;
    this.#speakers = speakers;
    this.dominantSpeakers = { speakersList: speakers.map((one) => one.identifier), timestamp: new Date() };
    this.#emitter.emit("dominantSpeakersChanged");
  }

  forget(): void {
    this.#emitter.clear();
  }
}
