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

const request = (
  method: string,
  path: string,
  command: Action["command"],
  body?: object,
  headers?: Asked["headers"],
): Action => ({
  asked: { method, path, ...(body ? { body } : {}), ...(headers ? { headers } : {}) },
  command,
});

const eventsPath = ({ room, types }: EventFilter, place: Readonly<Record<string, string>>): string =>
  `${EVENTS}?${new URLSearchParams([
    ...Object.entries(place),
    ...types.map((type) => ["type", type]),
    ...(room ? [["room", room]] : []),
  ])}`;

const own = (id: string): string => `${SUBSCRIPTIONS}/${encodeURIComponent(id)}`;
const letters = (id: string): string => `${own(id)}/deadLetters`;
const change = (id: string, body: object, options: readonly string[] | null): Action =>
  request("PATCH", own(id), options && ["subscriptions", "update", id, ...options], body, {
    "Content-Type": "application/merge-patch+json",
  });
const typeOptions = (types: readonly string[]) => types.flatMap((type) => ["--type", type]);
const roomOptions = (room: string) => (room ? ["--room", room] : []);

/** Return the path of the stream of what happens after an event. */
export const streamPath = (filter: EventFilter, last: string): string => eventsPath(filter, { after: last });

export const requests = {
  /** The events before one, the newest first. */
  events: (filter: EventFilter, before = "latest", limit = 50) =>
    request(
      "GET",
      eventsPath(filter, { before, limit: String(limit) }),
      before === "latest"
        ? ["events", "list", ...typeOptions(filter.types), ...roomOptions(filter.room), "--limit", String(limit)]
        : null,
    ),
  event: (id: string) => request("GET", `${EVENTS}/${encodeURIComponent(id)}`, null),
  /** To all enabled subscriptions that get it. */
  resendEvent: (id: string) => request("POST", `${EVENTS}/${encodeURIComponent(id)}:resend`, ["events", "resend", id]),
  subscriptions: () => request("GET", SUBSCRIPTIONS, ["subscriptions", "list"]),
  subscription: (id: string) => request("GET", own(id), ["subscriptions", "show", id]),
  subscribe: ({ url, types, room, validation }: SubscriptionFields) =>
    request(
      "POST",
      SUBSCRIPTIONS,
      ["subscriptions", "create", url, ...typeOptions(types), ...roomOptions(room), "--validation", validation],
      {
        url,
        validation,
        ...(types.length > 0 ? { types } : {}),
        ...(room ? { room } : {}),
      },
    ),
  /** Null is every type, or every room. */
  change: (id: string, { url, types, room, validation }: SubscriptionFields) =>
    change(id, { url, types: types.length > 0 ? types : null, room: room || null, validation }, [
      ...["--url", url],
      ...(types.length > 0 ? typeOptions(types) : ["--all-types"]),
      ...(room ? roomOptions(room) : ["--all-rooms"]),
      ...["--validation", validation],
    ]),
  setEnabled: (id: string, enabled: boolean) => change(id, { enabled }, [enabled ? "--enable" : "--disable"]),
  /** It has no command, because the history of a shell would keep the secret. */
  setSecret: (id: string, secret: string) => change(id, { secret }, null),
  unsubscribe: (id: string) => request("DELETE", own(id), ["subscriptions", "delete", id]),
  deadLetters: (id: string) => request("GET", letters(id), ["subscriptions", "dead-letters", id]),
  resendAll: (id: string) => request("POST", `${letters(id)}:resend`, ["subscriptions", "resend", id]),
  resend: (id: string, event: string) =>
    request("POST", `${letters(id)}/${encodeURIComponent(event)}:resend`, ["subscriptions", "resend", id, event]),
} as const;

/** Return a new secret in the form of Standard Webhooks. */
export function newSecret(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(SECRET_BYTES));
  return `whsec_${btoa(String.fromCharCode(...bytes))}`;
}

/** Return the subscription with the fields that the service leaves out because they are empty. */
export const completed = (model: Partial<Subscription>): Subscription =>
  ({ types: [], room: "", error: "", deliveredAt: "", nextAttemptAt: "", ...model }) as Subscription;
