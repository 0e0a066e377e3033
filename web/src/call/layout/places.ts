/** Where each tile stands in a scene. Lengths are CSS pixels, ratios width / height. */

import type { Corner } from "./corners";
import { type Box, bestGrid, GAP, placeTiles, type Size, tileIn, USUAL_RATIO } from "./grid";

const MARGIN = 12;

const clamp = (least: number, value: number, most: number) => Math.max(least, Math.min(value, most));

const centred = (size: Size, within: Box): Box => ({
  ...size,
  start: within.start + (within.width - size.width) / 2,
  top: within.top + (within.height - size.height) / 2,
});

const whole = (area: Size): Box => ({ ...area, start: 0, top: 0 });

/** Return the largest size of this ratio in an area. */
const inside = (area: Size, ratio: number): Size =>
  area.width > area.height * ratio
    ? { width: area.height * ratio, height: area.height }
    : { width: area.width, height: area.width / ratio };

/** The place of a large picture, and the area for the small ones beside it or below. */
export interface Focus {
  readonly large: Box;
  readonly others: Box;
}

/** Return the two areas so that the large picture is as large as it can be, and the others get what it leaves. */
export function focusOf(area: Size, ratio: number): Focus {
  const column = clamp(140, area.width * 0.18, 260);
  const row = clamp(72, area.height * 0.2, 160);
  const besides = inside({ width: Math.max(0, area.width - column - GAP), height: area.height }, ratio);
  const above = inside({ width: area.width, height: Math.max(0, area.height - row - GAP) }, ratio);
  return besides.width >= above.width ? beside(area, besides) : below(area, above);
}

// The others would otherwise be as large as the picture that matters.
const MOST_BESIDE = 0.3;

function beside(area: Size, large: Size): Focus {
  const width = Math.min(area.width - large.width - GAP, area.width * MOST_BESIDE);
  const rest = area.width - width - GAP;
  return {
    large: centred(large, { width: rest, height: area.height, start: 0, top: 0 }),
    others: { width, height: area.height, start: rest + GAP, top: 0 },
  };
}

function below(area: Size, large: Size): Focus {
  const top = large.height + GAP;
  return {
    large: centred(large, { ...whole(area), height: large.height }),
    others: { width: area.width, height: area.height - top, start: 0, top },
  };
}

/** Return the places of this many tiles in a part of the stage. */
export function placesIn(part: Box, count: number, ratio?: number): Box[] {
  const boxes = placeTiles(count, part, bestGrid(count, part, ratio));
  return boxes.map((box) => ({ ...box, start: box.start + part.start, top: box.top + part.top }));
}

/** Return the place of the other of two people: the whole stage, less what their picture could not fill. */
export function otherOf(area: Size, ratio: number | null): Box {
  return centred(ratio === null ? area : tileIn(area, ratio), whole(area));
}

/** Return the place of one's own small picture in a corner; `isMirrored` if lines of text begin at the right. */
export function selfOf(area: Size, corner: Corner, ratio: number | null, isMirrored: boolean): Box {
  const longest = clamp(120, Math.max(area.width, area.height) * 0.2, 240);
  const size = inside({ width: longest, height: longest }, ratio ?? USUAL_RATIO);
  const atStart = corner.endsWith("left") !== isMirrored;
  return {
    ...size,
    start: atStart ? MARGIN : area.width - size.width - MARGIN,
    top: corner.startsWith("top") ? MARGIN : area.height - size.height - MARGIN,
  };
}
