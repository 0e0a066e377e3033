/** Starts a development service for tests, and controls its clock, its faults and its simulated people. */

import { type ChildProcess, spawn } from "node:child_process";
import { createHash, createHmac } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

const START_SECONDS = 30;
const WAIT_SECONDS = 5;

export interface StartOptions {
  readonly command?: readonly string[];
  readonly options?: readonly string[];
}

/** The clock of the service. */
export interface ServiceClock {
  readonly time: string;
  readonly isFrozen: boolean;
  readonly isMoved: boolean;
  readonly strictSignatures: boolean;
}

/** A time by which the clock moves: the sum of what is set. */
export interface Amount {
  readonly days?: number;
  readonly hours?: number;
  readonly minutes?: number;
  readonly seconds?: number;
}

/** The conditions and effects of a fault, as the page on faults lists them. */
export interface FaultOptions {
  readonly operation?: string;
  readonly resource?: string;
  readonly room?: string;
  readonly userAgent?: string;
  readonly endpoint?: string;
  readonly lasts?: number;
  readonly nth?: number;
  readonly times?: number;
  readonly probability?: number;
  readonly seed?: number;
  readonly status?: number;
  readonly retryAfter?: number;
  readonly retryAfterDate?: boolean;
  readonly delay?: number;
  readonly slowBody?: number;
  readonly malformed?: boolean;
  readonly cut?: "beforeRequest" | "beforeAnswer" | "inHead" | "inBody";
  readonly away?: "database" | "livekit" | "webhook";
  readonly rotatedKey?: "primary" | "secondary";
  readonly expiredCertificate?: boolean;
}

/** A fault, with the number of requests that its conditions fitted, and of those that it was injected into. */
export interface Fault extends FaultOptions {
  readonly id: string;
  readonly matched: number;
  readonly injected: number;
}

/** A request that the service received, and its answer. */
export interface RecordedRequest {
  readonly number: number;
  readonly operation: string;
  readonly method: string;
  readonly target: string;
  readonly status: number;
  readonly refusal: string | null;
  readonly fault: string | null;
}

/** Somebody in a simulated call. */
export interface Person {
  readonly rawId: string;
  readonly role: string;
  readonly displayName: string;
  readonly state: "connected" | "reconnecting" | "ended";
  readonly isMuted: boolean;
}

export type PersonAction = "leave" | "mute" | "unmute" | "loseConnection" | "reconnect";

interface List<T> {
  readonly value: readonly T[];
}

/** A refusal of the service, or of its certificate or network. */
export class DevServiceError extends Error {
  override readonly name = "DevServiceError";

  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

export class DevService {
  readonly #key: string;
  readonly #stop: () => Promise<void>;

  /** Use a running service: its address, and the access key of its resource. */
  constructor(
    readonly endpoint: string,
    key: string,
    stop: () => Promise<void> = async () => {},
  ) {
    this.#key = key;
    this.#stop = stop;
  }

  /**
   * Start `openrooms dev` on free ports, with simulated calls and its data in a temporary folder. `command` is how to run
   * openrooms, and `options` are further ones of `dev`: `["--livekit", "auto"]` for a real LiveKit.
   */
  static async start({ command = ["openrooms"], options = [] }: StartOptions = {}): Promise<DevService> {
    const folder = mkdtempSync(join(tmpdir(), "openrooms-"));
    const file = join(folder, "ready.json");
    const ports = ["--http-port", "0", "--https-port", "0", "--livekit", "simulated"];
    const [program = "openrooms", ...first] = command;
    const places = ["--data", join(folder, "data"), "--ready-file", file];
    const process = spawn(program, [...first, "dev", ...ports, ...places, ...options], { stdio: "ignore" });
    const ended = new Promise((resolve) => process.once("close", resolve).once("error", resolve));
    const stop = async () => {
      process.kill();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    };
    if (!(await started(process, file))) {
      await stop();
      throw new DevServiceError(`${command.join(" ")} dev did not start; run it in a terminal to see why`, 0);
    }
    const { http, connectionString } = JSON.parse(readFileSync(file, "utf8"));
    return new DevService(http, connectionString.split("accesskey=")[1], stop);
  }

  /** The access key, for the credential of Azure's clients. */
  get key(): string {
    return this.#key;
  }

  /** Stop a service that `start` started, and remove its data. */
  stop(): Promise<void> {
    return this.#stop();
  }

  /** Begin anew: no rooms, users, faults or requests; the machine's time. */
  reset(): Promise<void> {
    return this.send("DELETE", "state");
  }

  clock(): Promise<ServiceClock> {
    return this.send("GET", "clock");
  }

  /** Move the clock forward. Then calls that are over have ended. */
  advance({ days = 0, hours = 0, minutes = 0, seconds = 0 }: Amount): Promise<ServiceClock> {
    return this.send("POST", "clock:advance", { seconds: ((days * 24 + hours) * 60 + minutes) * 60 + seconds });
  }

  addFault(fault: FaultOptions): Promise<Fault> {
    return this.send("POST", "faults", fault);
  }

  async faults(): Promise<readonly Fault[]> {
    return (await this.send<List<Fault>>("GET", "faults")).value;
  }

  clearFaults(): Promise<void> {
    return this.send("DELETE", "faults");
  }

  /** The last 100 requests that the service received, oldest first. */
  async requests(): Promise<readonly RecordedRequest[]> {
    return (await this.send<List<RecordedRequest>>("GET", "requests")).value;
  }

  /** Put a participant of the room, or else a new user, into its call; with a role, also on the roster. */
  addPerson(
    roomId: string,
    person: { readonly rawId?: string; readonly role?: string; readonly displayName?: string } = {},
  ): Promise<Person> {
    return this.send("POST", `rooms/${encodeURIComponent(roomId)}/people`, person);
  }

  async people(roomId: string): Promise<readonly Person[]> {
    return (await this.send<List<Person>>("GET", `rooms/${encodeURIComponent(roomId)}/people`)).value;
  }

  act(roomId: string, { rawId }: { readonly rawId: string }, action: PersonAction): Promise<void> {
    return this.send("POST", `rooms/${encodeURIComponent(roomId)}/people/${encodeURIComponent(rawId)}:${action}`);
  }

  /** Wait for a condition, for at most five seconds: the service enforces changes within milliseconds. */
  async waitUntil(condition: () => boolean | Promise<boolean>): Promise<void> {
    for (const end = Date.now() + WAIT_SECONDS * 1000; !(await condition()); await pause(10))
      if (Date.now() > end) throw new DevServiceError(`it did not happen within ${WAIT_SECONDS} seconds`, 0);
  }

  /** Send a signed request to one of the service's own operations, which the page of the REST API lists. */
  async send<T>(method: string, path: string, body?: unknown): Promise<T> {
    const url = new URL(`/openrooms/dev/${path}`, this.endpoint);
    const content = body === undefined ? "" : JSON.stringify(body);
    const headers = this.#sign(method, url, content);
    const response = await fetch(url, { method, headers, body: content || null });
    const answer = await response.text();
    if (!response.ok) throw new DevServiceError(`${method} ${path}: ${response.status} ${answer}`, response.status);
    return (answer ? JSON.parse(answer) : undefined) as T;
  }

  #sign(method: string, url: URL, content: string): Record<string, string> {
    const date = new Date().toUTCString();
    const digest = createHash("sha256").update(content).digest("base64");
    const text = `${method}\n${url.pathname}${url.search}\n${date};${url.host};${digest}`;
    const signature = createHmac("sha256", Buffer.from(this.#key, "base64")).update(text).digest("base64");
    return {
      "x-ms-date": date,
      "x-ms-content-sha256": digest,
      Authorization: `HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=${signature}`,
    };
  }
}

async function started(process: ChildProcess, file: string): Promise<boolean> {
  const end = Date.now() + START_SECONDS * 1000;
  while (!existsSync(file)) {
    if (process.pid === undefined || process.exitCode !== null || Date.now() > end) return false;
    await pause(20);
  }
  return true;
}
