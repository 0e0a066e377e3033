/** Limits how much of one sender is taken, so that nobody can flood the others' pages. */

export interface Rate {
  /** How many are taken at once. */
  readonly burst: number;
  /** The time in milliseconds after which one more is taken. */
  readonly every: number;
}

interface Bucket {
  readonly level: number;
  readonly at: number;
}

export class FloodLimit {
  readonly #buckets = new Map<string, Bucket>();

  constructor(private readonly rate: Rate) {}

  /** Return whether one more of this sender is taken at `now`, in milliseconds; if so, it counts. */
  takes(sender: string, now: number): boolean {
    const { burst, every } = this.rate;
    const { level, at } = this.#buckets.get(sender) ?? { level: 0, at: now };
    const left = Math.max(0, level - Math.max(0, now - at) / every);
    const taken = left + 1 <= burst;
    this.#buckets.set(sender, { level: taken ? left + 1 : left, at: now });
    return taken;
  }
}
