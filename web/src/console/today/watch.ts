/** What the service says of changed visits: it begins with `reload` or with what was missed, so nothing is lost. */

import type { VisitSummaryModel } from "../../shared/shapes";
import type { ServerEvent } from "../../shared/sse";
import { follow } from "../follow";
import type { Service } from "../service";
import { type Change, readVisit } from "./visits";

const PATH = "/openrooms/rooms/events";

interface EventData {
  readonly room?: VisitSummaryModel;
  readonly id?: string;
}

/** Call `onChanges` with each piece of news until the returned function is called. */
export function watchVisits(service: Pick<Service, "open">, onChanges: (changes: Change[]) => void): () => void {
  return follow(service, {
    path: PATH,
    onEvents: (events) => onChanges(events.map(readChange).filter((change) => change !== null)),
    onSilence: () => onChanges([{ type: "reload" }]),
  });
}

/** Return the change of an event; null for one of a later version of the service. */
export function readChange({ type, data }: ServerEvent): Change | null {
  const { room, id } = JSON.parse(data) as EventData;
  if (type === "room" && room) return { type, visit: readVisit(room) };
  if (type === "gone" && id) return { type, id };
  return type === "reload" ? { type } : null;
}
