/** Dial-outs: telephones that are called into a call. */

import type { DialOutModel } from "./shapes";

export interface DialOut {
  readonly id: string;
  readonly phoneNumber: string;
  readonly state: string;
  readonly outcome: string | null;
  readonly since: Date;
}

export function dialOut(body: DialOutModel): DialOut {
  return {
    id: body.id,
    phoneNumber: body.phoneNumber,
    state: body.state,
    outcome: body.outcome ?? null,
    since: new Date(body.since),
  };
}

/** Return whether the telephone is in the call or being called. */
export const isLive = (dial: Pick<DialOut, "state">): boolean => dial.state !== "ended";

/** Return whether the telephone is being called and has not answered yet. */
export const isBeingCalled = (dial: DialOut): boolean => isLive(dial) && dial.state !== "inCall";

const IDENTITY = "4:anonymous_";

/** Return the identity of a dial-out's telephone in the call. */
export const identityOf = (dial: DialOut): string => `${IDENTITY}${dial.id}`;

/** Return whether an identity in the call is a telephone's. */
export const isPhone = (identity: string): boolean => identity.startsWith("4:");
