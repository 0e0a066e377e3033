/**
 * What the service says of changed visits, as long as the page is open.
 *
 * The stream is a convenience: it begins with `reload` or with what was missed, so connecting again loses nothing. While
 * there is no stream, the list is to be read again every half a minute.
 */

import type { VisitSummaryModel } from "../../shared/shapes";
import { readEvents, type ServerEvent } from "../../shared/sse";
import type { Service } from "../service";
import { type Change, readVisit } from "./visits";

// The service sends a comment every 15 s.
const PATIENCE = 40_000;
const SHORTEST_PAUSE = 500;
const LONGEST_PAUSE = 15_000;
const POLL = 30_000;
const PATH = "/openrooms/rooms/events";

interface EventData {
  readonly room?: VisitSummaryModel;
  readonly id?: string;
}

/** Call `onChanges` with each piece of news until the returned function is called. */
export function watchVisits(service: Pick<Service, "open">, onChanges: (changes: Change[]) => void): () => void {
  const stopped = new AbortController();
  let lastId = "";
  let isOpen = false;
  let stream = new AbortController();

  const take = (events: ServerEvent[]) => {
    isOpen = true;
    lastId = events.at(-1)?.id ?? lastId;
    if (events.length > 0 && !stopped.signal.aborted)
      onChanges(events.map(readChange).filter((change) => change !== null));
  };
  const follow = async () => {
    for (let failures = 0; !stopped.signal.aborted; ) {
      const began = Date.now();
      stream = new AbortController();
      try {
        const headers = { Accept: "text/event-stream", ...(lastId ? { "Last-Event-ID": lastId } : {}) };
        const { body } = await service.open(PATH, headers, AbortSignal.any([stopped.signal, stream.signal]));
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
    if (!isOpen && document.visibilityState === "visible") onChanges([{ type: "reload" }]);
  }, POLL);
  // A stream from before the network went may be dead without knowing.
  const reconnect = () => stream.abort();
  addEventListener("offline", reconnect);
  addEventListener("online", reconnect);
  void follow();
  return () => {
    stopped.abort();
    removeEventListener("offline", reconnect);
    removeEventListener("online", reconnect);
    clearInterval(poll);
  };
}

/** Return the change of an event; null for one of a later version of the service. */
export function readChange({ type, data }: ServerEvent): Change | null {
  const { room, id } = JSON.parse(data) as EventData;
  if (type === "room" && room) return { type, visit: readVisit(room) };
  if (type === "gone" && id) return { type, id };
  return type === "reload" ? { type } : null;
}

function pause(longest: number, stopped: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    // Spread, so that consoles whose server has stopped do not all return at once.
    setTimeout(resolve, longest * (0.5 + Math.random() / 2));
    stopped.addEventListener("abort", () => resolve(), { once: true });
  });
}
