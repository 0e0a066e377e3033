/** Events and subscriptions: each operation as a request that the pages send and show. */

import type { SubscriptionModel } from "../../shared/shapes";
import type { Action } from "../room/actions";
import type { Asked } from "../service";

const EVENTS = "/openrooms/events";
const SUBSCRIPTIONS = "/openrooms/subscriptions";
const SECRET_BYTES = 32;

/** The events of a list; an empty text, and no types, is for no such condition. */
export interface EventFilter {
  readonly room: string;
  readonly types: readonly string[];
}

/** What is typed of a subscription; without types it gets all events. */
export interface SubscriptionFields {
  readonly url: string;
  readonly types: readonly string[];
  readonly room: string;
  readonly validation: SubscriptionModel["validation"];
}

export type Subscription = SubscriptionModel;

export const NO_SUBSCRIPTION: SubscriptionFields = { url: "", types: [], room: "", validation: "none" };

const request = (method: string, path: string, body?: object, headers?: Asked["headers"]): Action => ({
  asked: { method, path, ...(body ? { body } : {}), ...(headers ? { headers } : {}) },
  command: null,
});

const eventsPath = ({ room, types }: EventFilter, place: Readonly<Record<string, string>>): string =>
  `${EVENTS}?${new URLSearchParams([
    ...Object.entries(place),
    ...types.map((type) => ["type", type]),
    ...(room ? [["room", room]] : []),
  ])}`;

const own = (id: string): string => `${SUBSCRIPTIONS}/${encodeURIComponent(id)}`;
const letters = (id: string): string => `${own(id)}/deadLetters`;
const change = (id: string, body: object): Action =>
  request("PATCH", own(id), body, { "Content-Type": "application/merge-patch+json" });

/** Return the path of the stream of what happens after an event. */
export const streamPath = (filter: EventFilter, last: string): string => eventsPath(filter, { after: last });

export const requests = {
  /** The events before one, the newest first. */
  events: (filter: EventFilter, before = "latest", limit = 50) =>
    request("GET", eventsPath(filter, { before, limit: String(limit) })),
  event: (id: string) => request("GET", `${EVENTS}/${encodeURIComponent(id)}`),
  subscriptions: () => request("GET", SUBSCRIPTIONS),
  subscription: (id: string) => request("GET", own(id)),
  subscribe: ({ url, types, room, validation }: SubscriptionFields) =>
    request("POST", SUBSCRIPTIONS, {
      url,
      validation,
      ...(types.length > 0 ? { types } : {}),
      ...(room ? { room } : {}),
    }),
  /** Null is every type, or every room. */
  change: (id: string, { url, types, room, validation }: SubscriptionFields) =>
    change(id, { url, types: types.length > 0 ? types : null, room: room || null, validation }),
  setEnabled: (id: string, enabled: boolean) => change(id, { enabled }),
  setSecret: (id: string, secret: string) => change(id, { secret }),
  unsubscribe: (id: string) => request("DELETE", own(id)),
  deadLetters: (id: string) => request("GET", letters(id)),
  resendAll: (id: string) => request("POST", `${letters(id)}:resend`),
  resend: (id: string, event: string) => request("POST", `${letters(id)}/${encodeURIComponent(event)}:resend`),
} as const;

/** Return a new secret in the form of Standard Webhooks. */
export function newSecret(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(SECRET_BYTES));
  return `whsec_${btoa(String.fromCharCode(...bytes))}`;
}

/** Return the subscription with the fields that the service leaves out because they are empty. */
export const completed = (model: Partial<Subscription>): Subscription =>
  ({ types: [], room: "", error: "", deliveredAt: "", nextAttemptAt: "", ...model }) as Subscription;
