/** One subscription: how its delivery goes, and the events that it did not take, to be sent again. */

import { useCallback, useState } from "react";
import { Link, useLocation, useParams } from "wouter";
import type { DeadLetterList, DeadLetterModel, EventEnvelope, SubscriptionModel } from "../../shared/shapes";
import { useNow } from "../../shared/useNow";
import { usePages } from "../administration/usePages";
import { onThisOrigin } from "../paging";
import { Problem, Twins } from "../parts";
import { useMayWrite, useService } from "../session";
import { PageHead } from "../shell/PageHead";
import { exactMoment, shortMoment } from "../times";
import { useLoaded } from "../useLoaded";
import { completed, requests, type Subscription } from "./api";
import { EventDetails } from "./EventRows";
import { kindName } from "./kinds";
import { Resend } from "./Resend";
import { SubscriptionActions } from "./SubscriptionActions";
import { DeliveryText, SubscriptionChips, wantedText } from "./Subscriptions";
import { EventTabs } from "./Tabs";
import { useRoomNames } from "./useRoomNames";
import "./events.css";

const LIVE = 5_000;

export function SubscriptionView() {
  const service = useService();
  const [, open] = useLocation();
  const { id = "" } = useParams();
  const load = useCallback(async () => {
    const { method, path } = requests.subscription(id).asked;
    return completed(await service.ask<SubscriptionModel>(method, path));
  }, [service, id]);
  const { value, problem, reload } = useLoaded(load, { every: LIVE });
  const mayWrite = useMayWrite();
  return (
    <section className="card console">
      <PageHead title="Subscription">{value && <SubscriptionChips subscription={value} />}</PageHead>
      <EventTabs />
      <Problem text={problem} />
      {value && (
        <>
          <Facts subscription={value} />
          <div className="row-actions">
            <SubscriptionActions
              subscription={value}
              onChanged={reload}
              onDeleted={() => open("/events/subscriptions", { replace: true })}
            />
          </div>
          <DeadLetters subscription={value} onChanged={reload} />
          <Twins actions={twins(value, mayWrite)} name="Subscription" />
        </>
      )}
    </section>
  );
}

/** What the page shows, and what its buttons without a dialog do. */
const twins = ({ id, state, deadLetters }: Subscription, mayWrite: boolean) => [
  requests.subscription(id),
  requests.deadLetters(id),
  ...(mayWrite ? [requests.setEnabled(id, state === "disabled")] : []),
  ...(mayWrite && deadLetters > 0 ? [requests.resendAll(id)] : []),
];

function Facts({ subscription }: { subscription: Subscription }) {
  const now = new Date(useNow(useService().now));
  return (
    <dl className="facts">
      <div>
        <dt>Address</dt>
        <dd>{subscription.url}</dd>
      </div>
      <div>
        <dt>Events</dt>
        <dd>{wantedText(subscription)}</dd>
      </div>
      <div>
        <dt>Delivery</dt>
        <dd>
          {subscription.delivered} delivered since {shortMoment(new Date(subscription.createdAt), now)}
          <DeliveryText subscription={subscription} />
        </dd>
      </div>
      <div>
        <dt>Id</dt>
        <dd>
          <code>{subscription.id}</code>
        </dd>
      </div>
    </dl>
  );
}

interface LettersProps {
  subscription: Subscription;
  onChanged: () => Promise<void>;
}

function DeadLetters({ subscription: { id, deadLetters, state }, onChanged }: LettersProps) {
  const service = useService();
  // The number changes when some were sent again, or given up.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  const load = useCallback(
    async (more: string | null) => {
      const page = await service.ask<DeadLetterList>("GET", more ?? requests.deadLetters(id).asked.path);
      return { items: page.value, more: onThisOrigin(page.nextLink) };
    },
    [service, id, deadLetters],
  );
  const { items, problem, hasMore, loadMore, reload } = usePages(load);
  const names = useRoomNames((items ?? []).map(({ room }) => room));
  const changed = async () => {
    await Promise.all([reload(), onChanged()]);
  };
  return (
    <section aria-label="Given up">
      <div className="console-head">
        <h2 tabIndex={-1}>{items?.length ? "Given up after 24 hours" : "Nothing was given up"}</h2>
        {items && items.length > 1 && (
          <Resend label="Send all again" action={requests.resendAll(id)} said={sentAgain} onSent={changed} />
        )}
      </div>
      {items && items.length > 0 && state === "disabled" && (
        <p className="warning">It is disabled: what is sent again goes out once it is enabled.</p>
      )}
      <Problem text={problem} />
      <ul className="rows" aria-label="Events that were given up">
        {items?.map((letter) => (
          <LetterRow
            key={letter.id}
            letter={letter}
            title={names.get(letter.room)?.title ?? ""}
            onResent={changed}
            subscription={id}
          />
        ))}
      </ul>
      {hasMore && (
        <button type="button" className="button" onClick={() => void loadMore()}>
          Load more
        </button>
      )}
    </section>
  );
}

interface LetterProps {
  subscription: string;
  letter: DeadLetterModel;
  title: string;
  onResent: () => Promise<void>;
}

function LetterRow({ subscription, letter, title, onResent }: LetterProps) {
  const now = new Date(useNow(useService().now));
  const [isOpen, setOpen] = useState(false);
  const text = `${kindName(letter.type) || letter.id}, ${exactMoment(new Date(letter.time))}`;
  return (
    <li>
      <span className="row-text">
        <strong>{text}</strong>
        <Link href={`/rooms/${letter.room}`} className="event-room">
          {title || `Room ${letter.room}`}
        </Link>
        <span className="row-people">
          {letter.attempts > 0
            ? `first tried ${shortMoment(new Date(letter.since), now)}, ${letter.attempts} ${letter.attempts === 1 ? "time" : "times"} in all`
            : "not tried, because the address did not take an earlier event of its room"}
        </span>
        <span className="delivery-error">{letter.error}</span>
      </span>
      <span className="row-actions">
        <button
          type="button"
          className="button small"
          aria-expanded={isOpen}
          aria-label={`JSON: ${text}`}
          onClick={() => setOpen(!isOpen)}
        >
          JSON
        </button>
        <Resend
          label="Send again"
          name={`Send again: ${text}`}
          action={requests.resend(subscription, letter.id)}
          said={sentAgain}
          onSent={onResent}
        />
      </span>
      {isOpen && <LetterDetails subscription={subscription} id={letter.id} />}
    </li>
  );
}

function LetterDetails({ subscription, id }: { subscription: string; id: string }) {
  const service = useService();
  const mayWrite = useMayWrite();
  const { value: event, problem } = useLoaded(
    useCallback(() => service.ask<EventEnvelope>("GET", requests.event(id).asked.path), [service, id]),
  );
  return (
    <div className="event-details">
      <Problem text={problem} />
      {event && <EventDetails event={event} />}
      {mayWrite && <Twins actions={[requests.resend(subscription, id)]} name="Send again" />}
    </div>
  );
}

const sentAgain = () => "It is sent again.";
