/** The person whose picture is large: whoever speaks, without jumping about. Times are milliseconds. */

export interface Floor {
  /** The identity whose picture is large. */
  readonly holder: string | null;
  /** Another who has been speaking since `since`, and gets the floor if they go on. */
  readonly contender: string | null;
  readonly since: number;
}

export const EMPTY_FLOOR: Floor = { holder: null, contender: null, since: 0 };

/** How long somebody has to speak: longer than a "yes" or a cough. */
export const HOLD = 1_200;

/**
 * Return who has the floor at `now`; `speakers` are those who speak, the loudest first.
 *
 * A silence changes nothing. While the holder speaks, only somebody who is louder all the time gets the floor.
 */
export function passFloor(floor: Floor, speakers: readonly string[], now: number): Floor {
  const { holder, contender, since } = floor;
  const [loudest] = speakers;
  if (loudest === undefined || loudest === holder) return { holder, contender: null, since: now };
  if (holder === null) return { holder: loudest, contender: null, since: now };
  const goesOn = contender !== null && speakers.includes(contender) && !speakers.includes(holder);
  const next = goesOn ? contender : loudest;
  if (next !== contender) return { holder, contender: next, since: now };
  return now - since >= HOLD ? { holder: next, contender: null, since: now } : floor;
}
