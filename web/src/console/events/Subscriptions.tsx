/** The endpoints to which events are delivered, and how that goes. */

import { useCallback, useState } from "react";
import { Link } from "wouter";
import type { SubscriptionList } from "../../shared/shapes";
import { useNow } from "../../shared/useNow";
import { Problem, Twins } from "../parts";
import { useMayWrite, useService } from "../session";
import { PageHead } from "../shell/PageHead";
import { shortMoment } from "../times";
import { useLoaded } from "../useLoaded";
import { completed, requests, type Subscription } from "./api";
import { duration, kindName } from "./kinds";
import { SubscriptionActions } from "./SubscriptionActions";
import { CreateDialog } from "./SubscriptionDialogs";
import { EventTabs } from "./Tabs";
import "./events.css";

const LIVE = 5_000;

export function Subscriptions() {
  const service = useService();
  const mayWrite = useMayWrite();
  const [isCreating, create] = useState(false);
  const load = useCallback(async () => {
    const { method, path } = requests.subscriptions().asked;
    return (await service.ask<SubscriptionList>(method, path)).value.map(completed);
  }, [service]);
  const { value, problem, reload } = useLoaded(load, { every: LIVE, key: "subscriptions" });
  return (
    <section className="card console">
      <PageHead title="Subscriptions">
        {mayWrite && (
          <button type="button" className="button small primary" onClick={() => create(true)}>
            New subscription
          </button>
        )}
      </PageHead>
      <EventTabs />
      <p>A subscription sends events to an address of your program as they happen, and again until it takes them.</p>
      <Problem text={problem} />
      {value && value.length > 0 && (
        <ul className="rows" aria-label="Subscriptions">
          {value.map((subscription) => (
            <li key={subscription.id}>
              <span className="row-text">
                <Link href={`/events/subscriptions/${subscription.id}`}>{subscription.url}</Link>{" "}
                <SubscriptionChips subscription={subscription} />
                <span className="row-people">{wantedText(subscription)}</span>
                <DeliveryText subscription={subscription} />
              </span>
              <span className="row-actions">
                <SubscriptionActions subscription={subscription} onChanged={reload} />
              </span>
            </li>
          ))}
        </ul>
      )}
      {value?.length === 0 && <p className="quiet">There is none. What happened can be read here all the same.</p>}
      <Twins actions={[requests.subscriptions()]} name="Subscriptions" />
      {isCreating && <CreateDialog onChanged={reload} onClose={() => create(false)} />}
    </section>
  );
}

/** Return which events a subscription gets. */
export function wantedText({ types, room }: Pick<Subscription, "types" | "room">): string {
  const what = types.length === 0 ? "All events" : types.map(kindName).join(", ");
  return room ? `${what}, of room ${room}` : what;
}

const STATES = {
  delivering: ["Delivering", "open"],
  failing: ["Refuses some", "waiting"],
  away: ["Does not answer", "failed"],
  disabled: ["Disabled", "closed"],
} as const;

export function SubscriptionChips({ subscription: { state, deadLetters, waiting } }: { subscription: Subscription }) {
  const [words, chip] = STATES[state === "delivering" && waiting > 0 ? "failing" : state];
  return (
    <>
      {deadLetters > 0 && <span className="chip failed">{deadLetters} given up</span>}
      <span className={`chip ${chip}`}>{words}</span>
    </>
  );
}

/** How far the delivery is, and what went wrong last. */
export function DeliveryText({ subscription }: { subscription: Subscription }) {
  const now = new Date(useNow(useService().now));
  const { lagSeconds, waiting, error, nextAttemptAt, deliveredAt } = subscription;
  const parts = [
    lagSeconds > 0 && `${duration(lagSeconds)} behind`,
    waiting > 0 && `${waiting} waiting to be tried again`,
    deliveredAt && `last delivered ${shortMoment(new Date(deliveredAt), now)}`,
    nextAttemptAt && `tried again ${shortMoment(new Date(nextAttemptAt), now)}`,
  ].filter(Boolean);
  return (
    <>
      <span className="row-people">{parts.join(" · ") || "Nothing was delivered yet"}</span>
      {error && <span className="delivery-error">Last error: {error}</span>}
    </>
  );
}
