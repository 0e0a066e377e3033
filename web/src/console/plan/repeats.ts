/** Requests that are sent again after a lost answer, without a second effect. */

/**
 * Keeps the headers of repeatable requests until their answers have come.
 *
 * The same text, sent again, has the same request id, so that the service answers as it did the first time.
 * https://docs.oasis-open.org/odata/repeatable-requests/v1.0/repeatable-requests-v1.0.html
 */
export class Repeats {
  readonly #open = new Map<string, Record<string, string>>();

  /** `now` is the service's time in ms: a request that seems too old is refused. */
  constructor(private readonly now: () => number) {}

  /** Return the headers for a request with this text. */
  headers(text: string): Record<string, string> {
    const known = this.#open.get(text);
    if (known) return known;
    const headers = {
      "Repeatability-Request-ID": randomId(),
      "Repeatability-First-Sent": new Date(this.now()).toUTCString(),
    };
    this.#open.set(text, headers);
    return headers;
  }

  /** Forget the request, whose answer has come: the same text is a new request from now on. */
  settle(text: string): void {
    this.#open.delete(text);
  }
}

/** Return an id that nobody guesses; `crypto.randomUUID` is missing where the page came without TLS. */
const randomId = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
