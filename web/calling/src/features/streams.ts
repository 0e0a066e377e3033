/** The features of local streams: effects, which openrooms does not have. */

import { Emitter } from "../emitter";
import { notSupported } from "../errors";
import type { AudioEffectsFeature, FeatureFactory, VideoEffectsFeature } from "../types";
import { Features } from "./names";

type Events = { effectsStarted: () => void; effectsStopped: () => void; effectsError: () => void };

function effects<Active>(name: string, activeEffects: Active) {
  const { on, off } = new Emitter<Events>();
  return {
    name,
    activeEffects,
    isSupported: async () => false,
    startEffects: async () => {
      throw notSupported(name);
    },
    stopEffects: async () => {},
    on,
    off,
  };
}

const MAKERS = new Map<FeatureFactory<unknown>, () => VideoEffectsFeature | AudioEffectsFeature>([
  [Features.VideoEffects, () => effects("VideoEffects", [] as string[]) as VideoEffectsFeature],
  [Features.AudioEffects, () => effects("AudioEffects", {}) as AudioEffectsFeature],
]);

const made = new WeakMap<object, Map<FeatureFactory<unknown>, unknown>>();

/** Return a stream's feature, always the same object. */
export function makeStreamFeature<T>(stream: object, factory: FeatureFactory<T>): T {
  const make = MAKERS.get(factory);
  if (!make) throw notSupported(`The feature ${factory?.name} of a stream`);
  const features = made.get(stream) ?? new Map<FeatureFactory<unknown>, unknown>();
  made.set(stream, features);
  if (!features.has(factory)) features.set(factory, make());
  return features.get(factory) as T;
}
