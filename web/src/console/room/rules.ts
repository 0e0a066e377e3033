/** The rules of joining in words, by the service's names for them. */

export interface RuleWords {
  /** What is so if the rule holds. */
  readonly holds: string;
  /** Why somebody was refused. */
  readonly fails: string;
  /** What the operator can do about it. */
  readonly remedy: string;
}

export const RULES: Readonly<Record<string, RuleWords>> = {
  userIsActive: {
    holds: "They are a user of this service",
    fails: "they are not a user any more",
    remedy: "Their user was deleted, or belongs to another resource: invite them anew.",
  },
  roomExists: {
    holds: "The room exists",
    fails: "the room was deleted",
    remedy: "The room was deleted: plan a new one.",
  },
  onRoster: {
    holds: "They are invited to this room",
    fails: "they are not invited",
    remedy: "Add them to the people of this room.",
  },
  insideWindow: {
    holds: "The room is open now",
    fails: "the room was not open",
    remedy: "Move the room, or extend it.",
  },
  letIn: {
    holds: "They need not wait",
    fails: "they were not admitted",
    remedy: "Admit them, or change who has to wait.",
  },
  callHasRoom: {
    holds: "The call has room for one more",
    fails: "the call was full",
    remedy: "Somebody else has to leave first.",
  },
  scope: {
    holds: "Their token is for calls",
    fails: "their token is not for calls",
    remedy: "Give them a token with the scope voip.",
  },
  otherRoom: {
    holds: "Their link is for this room",
    fails: "their link is for another room",
    remedy: "Send them the link of this room.",
  },
  role: {
    holds: "Their token has their role",
    fails: "their token is from before their role changed",
    remedy: "They join anew.",
  },
};

/** Return why a rule refused somebody, in words. */
export const failText = (rule: string): string => RULES[rule]?.fails ?? `the rule ${rule} refused it`;
