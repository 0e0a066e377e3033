/** The features of one call. */

import { notSupported } from "../errors";
import type { FeatureFactory } from "../types";
import { Capabilities } from "./capabilities";
import { Diagnostics } from "./diagnostics";
import { Hands } from "./hands";
import type { Inside } from "./inside";
import { Features } from "./names";
import * as quiet from "./quiet";
import { Reactions } from "./reactions";
import { DominantSpeakers } from "./speakers";

const QUIET = new Map<FeatureFactory<unknown>, (inside: Inside) => unknown>([
  [Features.OptimalVideoCount, quiet.optimalVideoCount],
  [Features.Recording, quiet.recording],
  [Features.Transcription, quiet.transcription],
  [Features.Captions, quiet.captions],
  [Features.Transfer, quiet.transfer],
  [Features.Spotlight, quiet.spotlight],
  [Features.BreakoutRooms, quiet.breakoutRooms],
  [Features.TogetherMode, quiet.togetherMode],
  [Features.MediaAccess, quiet.mediaAccess],
  [Features.PPTLive, quiet.pptLive],
  [Features.RealTimeText, quiet.realTimeText],
  [Features.CallSurvey, quiet.callSurvey],
  [Features.TeamsMeetingAudioConferencing, quiet.teamsMeetingAudioConferencing],
  [Features.MediaStats, quiet.mediaStats],
  [Features.DataChannel, quiet.dataChannel],
]);

export class CallFeatures {
  readonly capabilities = new Capabilities();
  readonly diagnostics = new Diagnostics();
  readonly speakers = new DominantSpeakers();
  readonly hands: Hands;
  readonly reactions: Reactions;
  readonly #made: Map<FeatureFactory<unknown>, unknown>;

  constructor(private readonly inside: Inside) {
    this.hands = new Hands(inside);
    this.reactions = new Reactions(inside);
    this.#made = new Map<FeatureFactory<unknown>, unknown>([
      [Features.Capabilities, this.capabilities],
      [Features.UserFacingDiagnostics, this.diagnostics],
      [Features.DominantSpeakers, this.speakers],
      [Features.RaiseHand, this.hands],
      [Features.Reaction, this.reactions],
    ]);
  }

  /** Return the feature, always the same object; throw if calls do not have it. */
  get<T>(factory: FeatureFactory<T>): T {
    const known = this.#made.get(factory);
    if (known) return known as T;
    const make = QUIET.get(factory);
    if (!make) throw notSupported(`The feature ${factory?.name} of a call`);
    const feature = make(this.inside) as T;
    this.#made.set(factory, feature);
    return feature;
  }

  /** Remove all listeners. */
  forget(): void {
    for (const feature of [this.capabilities, this.diagnostics, this.speakers, this.hands, this.reactions])
      feature.forget();
  }
}
