/** The person whose picture is large: whoever speaks, without jumping about. Times are milliseconds. */

export interface Floor {
  /** The identity whose picture is large. */
  readonly holder: string | null;
  /** Another who has been speaking since `since`, and gets the floor if they go on. */
  readonly contender: string | null;
  readonly since: number;
  /** When the contender was last heard. */
  readonly heard: number;
}

export const EMPTY_FLOOR: Floor = { holder: null, contender: null, since: 0, heard: 0 };

/** How long somebody has to speak: longer than a "yes" or a cough. */
export const HOLD = 1_200;

/** How long somebody may be silent between two words and is still speaking. */
export const PAUSE = 1_000;

/**
 * Return who has the floor at `now`; `speakers` are those who speak, the loudest first.
 *
 * A silence changes nothing. While the holder speaks, only somebody who is louder all the time gets the floor.
 */
export function passFloor(floor: Floor, speakers: readonly string[], now: number): Floor {
  const { holder, contender, since, heard } = floor;
  const [loudest] = speakers;
  if (loudest === undefined) return floor;
  const given = (to: string): Floor => ({ holder: to, contender: null, since: now, heard: now });
  if (holder === null || loudest === holder) return given(loudest);
  const goesOn = contender !== null && speakers.includes(contender) && !speakers.includes(holder);
  const next = goesOn ? contender : loudest;
  if (next !== contender || now - heard > PAUSE) return { holder, contender: next, since: now, heard: now };
  return now - since >= HOLD ? given(next) : { ...floor, heard: now };
}
