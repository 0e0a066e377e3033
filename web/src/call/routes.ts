/** Which way media goes, read from the statistics of a peer connection. */

import type { Room } from "livekit-client";

/** The reports of a peer connection, by id. */
export type Reports = ReadonlyMap<string, unknown>;

export type Protocol = "udp" | "tcp" | "tls";

export interface Route {
  readonly isRelayed: boolean;
  /** To the media engine, or to the TURN server. */
  readonly protocol: Protocol;
  /** The media engine's address and port. */
  readonly remote: string;
  /** In milliseconds; null until it was measured. */
  readonly roundTrip: number | null;
}

export interface Endpoint {
  readonly protocol: Protocol;
  readonly host: string;
  readonly port: number;
}

interface Pair {
  readonly type: "candidate-pair";
  readonly id: string;
  readonly nominated?: boolean;
  readonly selected?: boolean;
  readonly state?: string;
  readonly localCandidateId: string;
  readonly remoteCandidateId: string;
  readonly currentRoundTripTime?: number;
}

interface Candidate {
  readonly type: "local-candidate" | "remote-candidate";
  readonly candidateType?: string;
  readonly protocol?: string;
  readonly relayProtocol?: string;
  readonly address?: string;
  readonly port?: number;
}

type Report = Pair | Candidate | { readonly type: "transport"; readonly selectedCandidatePairId?: string };

const all = (reports: Reports) => [...reports.values()] as Report[];

/** Return the reports of each of the room's peer connections. */
export async function reportsOf(room: Room): Promise<readonly Reports[]> {
  const { publisher, subscriber } = room.engine?.pcManager ?? {};
  const reports = await Promise.all([publisher?.getStats(), subscriber?.getStats()]);
  return reports.filter((one) => one !== undefined) as Reports[];
}

/** Return the way that media goes now, or null before there is one. */
export function routeIn(reports: Reports): Route | null {
  const pair = selectedIn(reports);
  const local = reports.get(pair?.localCandidateId ?? "") as Candidate | undefined;
  const remote = reports.get(pair?.remoteCandidateId ?? "") as Candidate | undefined;
  if (!pair || !local || !remote) return null;
  const isRelayed = local.candidateType === "relay";
  const seconds = pair.currentRoundTripTime;
  return {
    isRelayed,
    protocol: ((isRelayed ? local.relayProtocol : local.protocol) ?? "udp") as Protocol,
    remote: `${remote.address ?? "?"}:${remote.port ?? "?"}`,
    roundTrip: seconds === undefined ? null : Math.round(seconds * 1_000),
  };
}

function selectedIn(reports: Reports): Pair | undefined {
  const ids = all(reports).flatMap((one) => (one.type === "transport" ? [one.selectedCandidatePairId ?? ""] : []));
  const pairs = all(reports).filter((one): one is Pair => one.type === "candidate-pair");
  // Firefox marks the pair itself.
  return (
    pairs.find((pair) => ids.includes(pair.id)) ??
    pairs.find((pair) => pair.selected) ??
    pairs.find((pair) => pair.nominated && pair.state === "succeeded")
  );
}

/** Return where the media engine can be reached directly, as it has told the browser. */
export function endpointsIn(reports: Reports): Endpoint[] {
  return all(reports).flatMap((one) =>
    one.type === "remote-candidate" && one.address && one.port && one.candidateType !== "prflx"
      ? [{ protocol: one.protocol as Protocol, host: one.address, port: one.port }]
      : [],
  );
}

const TURN = /^(turns?):\[?([^\]?]+?)\]?(?::(\d+))?(?:\?transport=(udp|tcp))?$/;

/** Return the TURN servers among the addresses of ICE servers. */
export function turnServersIn(addresses: readonly string[]): Endpoint[] {
  return addresses.flatMap((address) => {
    const [, scheme, host, port, transport] = TURN.exec(address) ?? [];
    if (!host) return [];
    const protocol = scheme === "turns" ? "tls" : transport === "tcp" ? "tcp" : "udp";
    return [{ protocol, host, port: Number(port ?? (scheme === "turns" ? 5349 : 3478)) }];
  });
}
