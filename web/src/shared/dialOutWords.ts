import { type Key, text } from "../languages/text";
import { type DialOut, isLive } from "./dialOuts";

const STATES = {
  dialing: "phone.state.dialing",
  ringing: "phone.state.ringing",
  inCall: "phone.state.inCall",
} as const;
const OUTCOMES = {
  busy: "phone.outcome.busy",
  closed: "phone.outcome.closed",
  declined: "phone.outcome.declined",
  failed: "phone.outcome.failed",
  hungUp: "phone.outcome.hungUp",
  noAnswer: "phone.outcome.noAnswer",
  removed: "phone.outcome.removed",
  unreachable: "phone.outcome.unreachable",
} as const satisfies Record<string, Key>;

const isIn = <Table extends object>(table: Table, name: string): name is Extract<keyof Table, string> =>
  Object.hasOwn(table, name);

/** Return what became of a dial-out, in words. */
export function describe(dial: Pick<DialOut, "state" | "outcome">): string {
  if (isLive(dial)) return isIn(STATES, dial.state) ? text(STATES[dial.state]) : dial.state;
  const outcome = dial.outcome ?? "";
  return text(isIn(OUTCOMES, outcome) ? OUTCOMES[outcome] : "phone.outcome.ended");
}
