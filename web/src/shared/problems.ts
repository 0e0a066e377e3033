/** What a person is told when an action failed. */

import { type Key, text, type With } from "../languages/text";
import { asRefusal } from "./http";

type Words = { [K in Key]: With<K> extends [] ? K : never }[Key];

const BY_CODE: Readonly<Record<string, Words>> = {
  CallsOff: "problem.phone.line",
  EndMoved: "problem.endMoved",
  NotExtendable: "problem.notExtendable",
  LineDown: "problem.phone.line",
  NumberInCall: "problem.phone.inCall",
  NumberNotAllowed: "problem.phone.notAllowed",
  TooManyDialOuts: "problem.phone.tooMany",
  TooManyPhones: "problem.phone.tooMany",
};
const BY_STATUS: Readonly<Record<number, Words>> = {
  0: "problem.unreachable",
  403: "problem.notAllowed",
  404: "problem.notThere",
  429: "problem.busy",
  503: "problem.busy",
};

/** Return what to tell a person about this error: the service's own words are for programs. */
export function problemOf(error: unknown): string {
  const refusal = asRefusal(error);
  return text(BY_CODE[refusal.code] ?? BY_STATUS[refusal.status] ?? "problem.failed");
}
