/** The console's requests: the one place through which all of them go, and which knows whether the service answers. */

import { asRefusal, Http, type Refusal } from "../shared/http";
import { isInUse } from "./activity";

/** A request to the service; `path` is absolute on this origin, and `body` becomes JSON. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

const READY = "/openrooms/ready";
const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 10_000;
const AWAY = new Set([0, 502, 504]);
const UNAVAILABLE = 503;
const UNAUTHORIZED = 401;

/** The session of the requests. */
interface Bound {
  /** The id of the resource that the requests are about. */
  readonly resource: string;
  /** Called when the service no longer accepts the session. */
  readonly onEnded?: () => void;
}

/** Return whether this means that the service is away, and not that it refused this request. */
export function isAway({ status, code }: Refusal): boolean {
  // Other codes of this status are about calls or telephones alone.
  return AWAY.has(status) || (status === UNAVAILABLE && (code === "" || code === "ServiceUnavailable"));
}

/** One operator's requests; each may throw a `Refusal`. */
export class Service {
  readonly #http: Http;
  readonly #bound: Bound;
  readonly #listeners = new Set<() => void>();
  #isAway = false;

  constructor(bound: Bound, send?: typeof fetch) {
    this.#http = new Http("", send, { cookies: true });
    this.#bound = bound;
  }

  /** Return the service's time, as milliseconds since the epoch. */
  now = (): number => this.#http.now();

  /** Return the response's JSON. */
  ask<T>(method: string, path: string, body?: object, headers?: Asked["headers"]): Promise<T> {
    return this.#watched(() => this.#http.ask<T>(method, path, body, { ...this.#own(), ...headers }));
  }

  /** Return the response of a file or a stream, until `signal` ends it. */
  open(path: string, headers: Record<string, string>, signal: AbortSignal): Promise<Response> {
    return this.#watched(() => this.#http.open(path, { ...this.#own(), ...headers }, signal));
  }

  /** Call the listener whenever the service goes away or comes back; return what ends that. */
  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  isAway = (): boolean => this.#isAway;

  #own(): Record<string, string> {
    const { resource } = this.#bound;
    return {
      "openrooms-console": isInUse() ? "1" : "background",
      ...(resource ? { "openrooms-resource": resource } : {}),
    };
  }

  async #watched<T>(request: () => Promise<T>): Promise<T> {
    try {
      return await request();
    } catch (error) {
      const refusal = asRefusal(error);
      if (isAway(refusal)) this.#lose();
      if (refusal.status === UNAUTHORIZED) this.#bound.onEnded?.();
      throw error;
    }
  }

  #lose(): void {
    if (this.#isAway) return;
    this.#tell(true);
    this.#tryAgain(FIRST_PAUSE);
  }

  #tryAgain(pause: number): void {
    setTimeout(async () => {
      try {
        await this.#http.ask("GET", READY);
      } catch (error) {
        if (isAway(asRefusal(error))) {
          this.#tryAgain(Math.min(pause * 2, LONGEST_PAUSE));
          return;
        }
      }
      this.#tell(false);
    }, pause);
  }

  #tell(isAway: boolean): void {
    this.#isAway = isAway;
    for (const listener of this.#listeners) listener();
  }
}
