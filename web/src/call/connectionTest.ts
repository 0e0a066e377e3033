/**
 * Tests before a call whether it would work: each way to the media engine, by really connecting on it.
 *
 * The test has a room of its own in the media engine, so nobody in the call notices it.
 */

import { type Room, type RoomConnectOptions, RoomEvent } from "livekit-client";
import { connect } from "../shared/connecting";
import { type Endpoint, endpointsIn, type Route, reportsOf, routeIn, turnServersIn } from "./routes";
import type { TestPass } from "./service";

export const STEPS = ["signalling", "udp", "tcp", "turn"] as const;
export type Step = (typeof STEPS)[number];
export type Outcome = "waiting" | "testing" | "works" | "blocked" | "absent";

export interface TestReport {
  readonly steps: Readonly<Record<Step, Outcome>>;
  /** What a firewall must let through, as the service and the media engine name it. */
  readonly endpoints: readonly Endpoint[];
  readonly isDone: boolean;
}

/** What the results mean for a call. */
export type Verdict = "good" | "slower" | "relayed" | "noMedia" | "noSignalling";

export const UNTESTED: TestReport = {
  steps: { signalling: "waiting", udp: "waiting", tcp: "waiting", turn: "waiting" },
  endpoints: [],
  isDone: false,
};

const READING_PAUSE = 250;
const SWITCH_TIME = 12_000;
const OPTIONS: RoomConnectOptions = { maxRetries: 0, peerConnectionTimeout: 8_000, websocketTimeout: 8_000 };

export function verdictOf({ steps }: TestReport): Verdict {
  if (steps.signalling !== "works") return "noSignalling";
  if (steps.udp === "works") return "good";
  if (steps.tcp === "works") return "slower";
  return steps.turn === "works" ? "relayed" : "noMedia";
}

/** Runs a test; `begin` may throw a `Refusal`. Each change is reported to `tell`. */
export class ConnectionTest {
  #report: TestReport = UNTESTED;

  constructor(
    private readonly begin: () => Promise<TestPass>,
    private readonly openRoom: () => Room,
    private readonly tell: (report: TestReport) => void,
  ) {}

  async run(): Promise<void> {
    this.#set({ signalling: "testing" });
    const pass = await this.begin();
    this.#reach([signallingOf(pass.mediaUrl)]);
    const turnServers = await this.#testDirect(pass);
    if (this.#report.steps.signalling === "works") await this.#testTurn(pass, turnServers);
    // Last, because the engine then keeps to TCP, which TURN cannot reach.
    if (this.#report.steps.udp === "works") await this.#testTcp(pass);
    this.#report = { ...this.#report, isDone: true };
    this.tell(this.#report);
  }

  /** Connect as a call would; return the TURN servers that the engine names. */
  async #testDirect(pass: TestPass): Promise<readonly Endpoint[]> {
    const room = this.openRoom();
    let turnServers: readonly Endpoint[] = [];
    room.on(RoomEvent.SignalConnected, () => {
      this.#set({ signalling: "works", udp: "testing" });
      const servers = room.engine.latestJoinResponse?.iceServers ?? [];
      turnServers = turnServersIn(servers.flatMap(({ urls }) => urls));
    });
    // A failed connection forgets where the engine can be reached, so that is read while it tries.
    const reading = setInterval(async () => this.#reach(await endpointsOf(room)), READING_PAUSE);
    try {
      await connect(room, pass, OPTIONS);
      await this.#judge(room);
    } catch {
      this.#setUnknown(this.#report.steps.signalling === "works");
    } finally {
      clearInterval(reading);
      await room.disconnect();
    }
    this.#reach(turnServers);
    return turnServers;
  }

  async #judge(room: Room): Promise<void> {
    const route = await routeOf(room);
    this.#reach(await endpointsOf(room));
    const isDirect = route !== null && !route.isRelayed;
    if (isDirect && route.protocol === "udp") this.#set({ udp: "works" });
    else this.#set({ udp: "blocked", tcp: isDirect ? "works" : "blocked" });
  }

  async #testTcp(pass: TestPass): Promise<void> {
    this.#set({ tcp: "testing" });
    const room = this.openRoom();
    try {
      await connect(room, pass, OPTIONS);
      this.#set({ tcp: (await this.#switchesToTcp(room)) ? "works" : "blocked" });
    } catch {
      this.#set({ tcp: "blocked" });
    } finally {
      await room.disconnect();
    }
  }

  /** Let the engine move the connection to TCP, as it does where UDP is unreliable. */
  async #switchesToTcp(room: Room): Promise<boolean> {
    const reconnected = new Promise<boolean>((resolve) => {
      room.once(RoomEvent.Reconnected, () => resolve(true));
      room.once(RoomEvent.Disconnected, () => resolve(false));
      setTimeout(() => resolve(false), SWITCH_TIME);
    });
    await room.simulateScenario("force-tcp");
    return (await reconnected) && (await routeOf(room))?.protocol === "tcp";
  }

  async #testTurn(pass: TestPass, servers: readonly Endpoint[]): Promise<void> {
    if (servers.length === 0) {
      this.#set({ turn: "absent" });
      return;
    }
    this.#set({ turn: "testing" });
    const room = this.openRoom();
    try {
      await connect(room, pass, { ...OPTIONS, rtcConfig: { iceTransportPolicy: "relay" } });
      this.#set({ turn: "works" });
    } catch {
      this.#set({ turn: "blocked" });
    } finally {
      await room.disconnect();
    }
  }

  #setUnknown(hasSignalling: boolean): void {
    if (hasSignalling) this.#set({ udp: "blocked", tcp: "blocked" });
    else this.#set({ signalling: "blocked" });
  }

  #set(steps: Partial<Record<Step, Outcome>>): void {
    this.#report = { ...this.#report, steps: { ...this.#report.steps, ...steps } };
    this.tell(this.#report);
  }

  #reach(endpoints: readonly Endpoint[]): void {
    const known = new Map([...this.#report.endpoints, ...endpoints].map((one) => [lineOf(one), one]));
    this.#report = { ...this.#report, endpoints: [...known.values()] };
  }
}

/** Return an endpoint as a line for an IT department: `UDP 203.0.113.10 port 7882`. */
export const lineOf = ({ protocol, host, port }: Endpoint): string =>
  `${protocol === "tls" ? "TLS (TCP)" : protocol.toUpperCase()} ${host} port ${port}`;

function signallingOf(mediaUrl: string): Endpoint {
  const { hostname, port, protocol } = new URL(mediaUrl);
  const isSecure = protocol === "wss:";
  return { protocol: isSecure ? "tls" : "tcp", host: hostname, port: Number(port || (isSecure ? 443 : 80)) };
}

const routeOf = async (room: Room): Promise<Route | null> =>
  (await reportsOf(room)).map(routeIn).find((route) => route !== null) ?? null;

const endpointsOf = async (room: Room): Promise<readonly Endpoint[]> => (await reportsOf(room)).flatMap(endpointsIn);
