/**
 * A stream of server-sent events, for as long as a page wants it: it connects again by itself, after the last event.
 *
 * The stream is a convenience. While there is none, such as behind a proxy that passes no streams, the page reads again.
 */

import { readEvents, type ServerEvent } from "../shared/sse";
import type { Service } from "./service";

// The service sends a comment every 15 s.
const PATIENCE = 40_000;
const SHORTEST_PAUSE = 500;
const LONGEST_PAUSE = 15_000;
const POLL = 30_000;

interface Followed {
  readonly path: string;
  /** Called with the events of each piece of the stream that has some. */
  readonly onEvents: (events: ServerEvent[]) => void;
  /** Called every half a minute while there is no stream and the page is visible. */
  readonly onSilence: () => void;
}

/** Follow a stream until the returned function is called. */
export function follow(service: Pick<Service, "open">, { path, onEvents, onSilence }: Followed): () => void {
  const stopped = new AbortController();
  let lastId = "";
  let isOpen = false;
  let stream = new AbortController();

  const take = (events: ServerEvent[]) => {
    isOpen = true;
    lastId = events.at(-1)?.id ?? lastId;
    if (events.length > 0 && !stopped.signal.aborted) onEvents(events);
  };
  const run = async () => {
    for (let failures = 0; !stopped.signal.aborted; ) {
      const began = Date.now();
      stream = new AbortController();
      try {
        const headers = { Accept: "text/event-stream", ...(lastId ? { "Last-Event-ID": lastId } : {}) };
        const { body } = await service.open(path, headers, AbortSignal.any([stopped.signal, stream.signal]));
        if (body) await readEvents(body, PATIENCE, take);
      } catch {
        // The service is away, which the page shows, or a proxy passes no streams.
      }
      isOpen = false;
      failures = Date.now() - began > LONGEST_PAUSE ? 0 : failures + 1;
      await pause(Math.min(SHORTEST_PAUSE * 2 ** failures, LONGEST_PAUSE), stopped.signal);
    }
  };
  const poll = setInterval(() => {
    if (!isOpen && document.visibilityState === "visible") onSilence();
  }, POLL);
  // A stream from before the network went may be dead without knowing.
  const reconnect = () => stream.abort();
  addEventListener("offline", reconnect);
  addEventListener("online", reconnect);
  void run();
  return () => {
    stopped.abort();
    removeEventListener("offline", reconnect);
    removeEventListener("online", reconnect);
    clearInterval(poll);
  };
}

function pause(longest: number, stopped: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    // Spread, so that consoles whose server has stopped do not all return at once.
    setTimeout(resolve, longest * (0.5 + Math.random() / 2));
    stopped.addEventListener("abort", () => resolve(), { once: true });
  });
}
