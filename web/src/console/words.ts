/** What the operator is told when something failed, and what to do about it. */

import { asRefusal } from "../shared/http";

const BY_CODE: Readonly<Record<string, string>> = {
  EndMoved: "Somebody else has moved the end meanwhile. Look at the new end, then try again.",
  CallsOff: "This service has no media engine now, so there are no calls. Try again once it is back.",
};
const BY_STATUS: Readonly<Record<number, string>> = {
  0: "The service did not answer. What you typed is kept; try again, it has no second effect.",
  401: "You are no longer signed in. Sign in again, then repeat this.",
  403: "Your role does not allow this.",
  404: "It is no longer there: somebody has deleted or removed it.",
};

/** Return what went wrong, in words; the service's own message names the field where there is one. */
export function problemText(error: unknown): string {
  const { code, status, message, retryAfter } = asRefusal(error);
  if (status === 429) return `Too many requests. Try again in ${retryAfter ?? 1} s.`;
  return BY_CODE[code] ?? BY_STATUS[status] ?? message;
}
