/** The grid of tiles: as large as possible, centred, also in the last row. Lengths are CSS pixels, ratios width / height. */

import { MOST_CROPPED } from "./fit";

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Box extends Size {
  /** From the side on which lines of text begin. */
  readonly start: number;
  readonly top: number;
}

export interface Grid {
  readonly columns: number;
  readonly rows: number;
  readonly tile: Size;
}

export const GAP = 10;
/** Most cameras film in this ratio. */
export const USUAL_RATIO = 16 / 9;

// On one page; more pictures are too many to decode, and to recognise anybody.
const MOST_TILES = 49;
// Below this width, a name and its icons have no place, and nobody is recognised.
const LEAST_WIDTH = 140;

const areaOf = (size: Size) => size.width * size.height;

/** Return the largest tile for pictures of this ratio in a cell; its own ratio may differ as far as pictures may be cropped. */
export function tileIn(cell: Size, ratio: number): Size {
  const widest = ratio / (1 - MOST_CROPPED);
  const narrowest = ratio * (1 - MOST_CROPPED);
  if (cell.width > cell.height * widest) return { width: cell.height * widest, height: cell.height };
  if (cell.width < cell.height * narrowest) return { width: cell.width, height: cell.width / narrowest };
  return cell;
}

function gridWith(columns: number, count: number, area: Size, ratio: number): Grid {
  const rows = Math.ceil(count / columns);
  const cell = {
    width: Math.max(0, (area.width - (columns - 1) * GAP) / columns),
    height: Math.max(0, (area.height - (rows - 1) * GAP) / rows),
  };
  return { columns, rows, tile: tileIn(cell, ratio) };
}

/** Return the grid whose tiles are the largest for this many pictures. */
export function bestGrid(count: number, area: Size, ratio = USUAL_RATIO): Grid {
  let best = gridWith(1, count, area, ratio);
  for (let columns = 2; columns <= count; columns++) {
    const grid = gridWith(columns, count, area, ratio);
    if (areaOf(grid.tile) > areaOf(best.tile)) best = grid;
  }
  return best;
}

/** Return how many tiles one page shows, so that none is too small. */
export function capacityOf(area: Size, ratio = USUAL_RATIO): number {
  let count = 1;
  while (count < MOST_TILES && bestGrid(count + 1, area, ratio).tile.width >= LEAST_WIDTH) count++;
  return count;
}

/** Return the place of each tile; the grid is centred in the area, and the last row in the grid. */
export function placeTiles(count: number, area: Size, { columns, rows, tile }: Grid): Box[] {
  const lengthOf = (number: number, size: number) => number * size + (number - 1) * GAP;
  const above = (area.height - lengthOf(rows, tile.height)) / 2;
  return Array.from({ length: count }, (_, index) => {
    const row = Math.floor(index / columns);
    const inRow = Math.min(columns, count - row * columns);
    const before = (area.width - lengthOf(inRow, tile.width)) / 2;
    return {
      ...tile,
      start: before + (index % columns) * (tile.width + GAP),
      top: above + row * (tile.height + GAP),
    };
  });
}

/** Return the ratio in the middle of these, which most of the pictures have; the usual one if there are none. */
export function middleRatio(ratios: readonly number[]): number {
  const ordered = [...ratios].sort((one, other) => one - other);
  return ordered[Math.floor(ordered.length / 2)] ?? USUAL_RATIO;
}
