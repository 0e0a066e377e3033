/** The corners in which one's own small picture stands. */

export const CORNERS = ["top-left", "top-right", "bottom-right", "bottom-left"] as const;
export type Corner = (typeof CORNERS)[number];

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Return the corner that is nearest to a point; `x` and `y` go from 0 at the top left to 1. */
export const nearestCorner = ({ x, y }: Point): Corner => `${y < 0.5 ? "top" : "bottom"}-${x < 0.5 ? "left" : "right"}`;

/** Return the next corner, clockwise. */
export const nextCorner = (corner: Corner): Corner => CORNERS[(CORNERS.indexOf(corner) + 1) % CORNERS.length] ?? corner;

const TOWARDS: Readonly<Record<string, Partial<Point>>> = {
  ArrowLeft: { x: 0 },
  ArrowRight: { x: 1 },
  ArrowUp: { y: 0 },
  ArrowDown: { y: 1 },
};

/** Return the corner that an arrow key moves to, or null if this is another key. */
export function cornerTowards(corner: Corner, key: string): Corner | null {
  const towards = TOWARDS[key];
  if (!towards) return null;
  const from = { x: corner.endsWith("left") ? 0 : 1, y: corner.startsWith("top") ? 0 : 1 };
  return nearestCorner({ ...from, ...towards });
}
