/** In place of `@azure/communication-calling-effects`, which is proprietary: the names that the UI library imports. */
export class BackgroundBlurEffect {}
export class BackgroundReplacementEffect {}
export class DeepNoiseSuppressionEffect {}
