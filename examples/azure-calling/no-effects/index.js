export class BackgroundBlurEffect {}
export class BackgroundReplacementEffect {}
export class DeepNoiseSuppressionEffect {}
