/** What the stage shows: a grid, two people, or one large picture with the others beside it. */

/** The person's choice; `automatic` is two people large and small, and a grid for more. */
export type Layout = "automatic" | "grid" | "speaker";

/** What the rules need to know of a tile. */
export interface Shown {
  readonly key: string;
  readonly identity: string;
  readonly isLocal: boolean;
  readonly isScreen: boolean;
}

export type Scene =
  | { readonly kind: "grid" }
  | { readonly kind: "duo"; readonly large: string; readonly small: string }
  | { readonly kind: "focus"; readonly large: string };

/** Return the scene; `pinned` is the key of a tile, `speaker` the identity that has the floor. */
export function sceneOf(tiles: readonly Shown[], layout: Layout, pinned: string | null, speaker: string | null): Scene {
  const duo = duoOf(tiles);
  const wanted = tiles.find((tile) => tile.key === pinned) ?? tiles.findLast((tile) => tile.isScreen);
  if (wanted && wanted.key !== duo?.large) return { kind: "focus", large: wanted.key };
  if (duo && (wanted || layout !== "grid")) return duo;
  if (layout !== "speaker" || tiles.length < 2) return { kind: "grid" };
  const large = tiles.find((tile) => tile.identity === speaker) ?? tiles.find((tile) => !tile.isLocal);
  return large ? { kind: "focus", large: large.key } : { kind: "grid" };
}

function duoOf(tiles: readonly Shown[]): (Scene & { kind: "duo" }) | null {
  if (tiles.length !== 2 || tiles.some((tile) => tile.isScreen)) return null;
  const small = tiles.find((tile) => tile.isLocal);
  const large = tiles.find((tile) => !tile.isLocal);
  return small && large ? { kind: "duo", large: large.key, small: small.key } : null;
}
