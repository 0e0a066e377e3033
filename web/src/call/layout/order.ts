/** The order of the tiles, which changes as little as possible, so that nobody looks for a face that has moved. */

/** The order of the small tiles as they were last shown, and the large one if there was any. */
export interface Ordered {
  readonly small: readonly string[];
  readonly large: string | null;
}

/**
 * Return the small tiles of these `keys`: those that were there stay in their places, newcomers come last.
 *
 * The tile that was large takes the place of the one that is large now.
 */
export function keepOrder(before: Ordered, keys: readonly string[], large: string | null): string[] {
  const isShown = new Set(keys.filter((key) => key !== large));
  const swapped = before.small.map((key) => (key === large ? before.large : key)).filter((key) => key !== null);
  return [...new Set([...swapped, ...keys])].filter((key) => isShown.has(key));
}

/**
 * Bring tiles to the first page that are worth more than some tile there, each in exchange for that one.
 *
 * `worth` is higher for those who speak and for those with a picture; equal ones stay where they are.
 */
export function bringForward(keys: readonly string[], capacity: number, worth: (key: string) => number): string[] {
  const order = [...keys];
  for (let behind = capacity; behind < order.length; behind++) {
    const key = order[behind] as string;
    const least = leastWorth(order.slice(0, capacity), worth);
    const visible = order[least] as string;
    if (worth(key) <= worth(visible)) continue;
    order[least] = key;
    order[behind] = visible;
  }
  return order;
}

function leastWorth(keys: readonly string[], worth: (key: string) => number): number {
  return keys.reduce((least, key, index) => (worth(key) <= worth(keys[least] as string) ? index : least), 0);
}
