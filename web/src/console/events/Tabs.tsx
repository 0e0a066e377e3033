import { Link, useRoute } from "wouter";

/** The pages of events. */
export function EventTabs() {
  const [isFeed] = useRoute("/events");
  return (
    <nav className="filters" aria-label="Events">
      <Link href="/events" className="button small" aria-current={isFeed ? "page" : undefined}>
        What happened
      </Link>
      <Link href="/events/subscriptions" className="button small" aria-current={isFeed ? undefined : "page"}>
        Subscriptions
      </Link>
    </nav>
  );
}
