/** Keeps the own video within what the app allows it: height, frame rate and bit rate. */

import type { VideoSendConstraints } from "./types";

type Limit = { max?: number } | undefined;

const limit = (value: Limit) => (value?.max !== undefined && value.max > 0 ? { max: value.max } : undefined);

/** Constrain a camera's track and its sender; what is not named is not limited. */
export async function constrain(
  track: MediaStreamTrack,
  sender: RTCRtpSender | undefined,
  { frameHeight, frameRate, bitrate }: VideoSendConstraints,
): Promise<void> {
  const [height, rate] = [limit(frameHeight), limit(frameRate)];
  await track.applyConstraints({ ...(height ? { height } : {}), ...(rate ? { frameRate: rate } : {}) });
  if (sender) await limitBitrate(sender, limit(bitrate)?.max);
}

const chosen = new WeakMap<RTCRtpSender, readonly number[]>();

/** Keep the sum of a sender's layers below a number of bits a second; undefined gives back the rates that LiveKit chose. */
async function limitBitrate(sender: RTCRtpSender, most: number | undefined): Promise<void> {
  if (most === undefined && !chosen.has(sender)) return;
  const parameters = sender.getParameters();
  const rates = chosen.get(sender) ?? parameters.encodings.map((layer) => layer.maxBitrate ?? Number(most));
  chosen.set(sender, rates);
  const share = most === undefined ? 1 : Math.min(1, most / rates.reduce((sum, rate) => sum + rate, 0));
  parameters.encodings.forEach((layer, number) => {
    layer.maxBitrate = Math.floor(Number(rates[number]) * share);
  });
  await sender.setParameters(parameters);
}
