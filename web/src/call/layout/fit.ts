/** How a picture fills its tile: it covers the tile if that crops little, and is shown whole otherwise. */

export type Fit = "cover" | "contain";

/** The largest part of a picture that is cropped unless the person chose to fill the tile. */
export const MOST_CROPPED = 0.1;

// Ratios are quotients of rounded pixels.
const ROUNDING = 0.005;

/** Return which part of a picture is lost when it covers a frame; both are given as width / height. */
export const cropped = (picture: number, frame: number): number => 1 - Math.min(picture / frame, frame / picture);

/** Return how a picture is shown in a frame; an unknown picture covers it, because there is nothing to lose yet. */
export function fitOf(picture: number | null, frame: number | null, fill: boolean): Fit {
  if (fill || picture === null || frame === null) return "cover";
  return cropped(picture, frame) <= MOST_CROPPED + ROUNDING ? "cover" : "contain";
}
