/** The console's requests: the one place through which all of them go, and which knows whether the service answers. */

import { asRefusal, Http, type Refusal } from "../shared/http";

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

/** Return whether this means that the service is away, and not that it refused this request. */
export function isAway({ status, code }: Refusal): boolean {
  // Other codes of this status are about calls or telephones alone.
  return AWAY.has(status) || (status === UNAVAILABLE && (code === "" || code === "ServiceUnavailable"));
}

/** One operator's requests; each may throw a `Refusal`. */
export class Service {
  readonly #http: Http;
  readonly #listeners = new Set<() => void>();
  #isAway = false;

  constructor(token: string, send?: typeof fetch) {
    this.#http = new Http(token, send);
  }

  /** Return the service's time, as milliseconds since the epoch. */
  now = (): number => this.#http.now();

  /** Return the response's JSON. */
  ask<T>(method: string, path: string, body?: object, headers?: Asked["headers"]): Promise<T> {
    return this.#watched(() => this.#http.ask<T>(method, path, body, headers));
  }

  /** Return the response of a file or a stream, until `signal` ends it. */
  open(path: string, headers: Record<string, string>, signal: AbortSignal): Promise<Response> {
    return this.#watched(() => this.#http.open(path, headers, signal));
  }

  /** Call the listener whenever the service goes away or comes back; return what ends that. */
  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  isAway = (): boolean => this.#isAway;

  async #watched<T>(request: () => Promise<T>): Promise<T> {
    try {
      return await request();
    } catch (error) {
      if (isAway(asRefusal(error))) this.#lose();
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
