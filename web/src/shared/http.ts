/** Requests to the service with a token; an error response becomes a `Refusal`. */

/** An error response of the service. `status` 0 means that there was no response. */
export class Refusal extends Error {
  override readonly name = "Refusal";

  constructor(
    readonly status: number,
    message: string,
    readonly code = "",
    readonly subCode: number | null = null,
    readonly validFrom: Date | null = null,
    readonly validUntil: Date | null = null,
    /** Seconds after which to retry, if the service sent them. */
    readonly retryAfter: number | null = null,
  ) {
    super(message);
  }
}

/** Return the thrown value as a refusal; other errors count as no response. */
export function asRefusal(error: unknown): Refusal {
  return error instanceof Refusal ? error : new Refusal(0, "The service did not answer.");
}

interface ErrorBody {
  error?: {
    code?: string;
    message?: string;
    subCode?: number | string;
    validFrom?: string;
    validUntil?: string;
    details?: { message?: string }[];
  };
}

type Sent = [path: string, method: string, headers: Record<string, string>, signal: AbortSignal, body?: object];

const WAIT = 10_000;
const UNAUTHORIZED = 401;
const NO_CONTENT = 204;
// A Date header has whole seconds, so smaller differences mean nothing.
const NOTICEABLE_SKEW = 2_000;

const date = (text: string | undefined) => (text ? new Date(text) : null);

async function refusalOf(response: Response): Promise<Refusal> {
  const body = (await response.json().catch(() => ({}))) as ErrorBody;
  const error = body.error ?? {};
  // The details name the fields; the message before them is the same for all.
  const details = error.details?.map(({ message }) => message).filter(Boolean) ?? [];
  const seconds = Number.parseInt(response.headers.get("Retry-After") ?? "", 10);
  return new Refusal(
    response.status,
    details.join(" ") || error.message || `The service answered ${response.status}.`,
    error.code ?? "",
    error.subCode === undefined ? null : Number(error.subCode),
    date(error.validFrom),
    date(error.validUntil),
    Number.isNaN(seconds) ? null : seconds,
  );
}

interface Options {
  /** Returns a new token when the service no longer accepts the old one; what it throws is thrown instead. */
  readonly renew?: () => Promise<string>;
  /** Whether requests have the origin's cookies. */
  readonly cookies?: boolean;
}

/** Requests with one person's token, or without any if it is empty; each may throw a `Refusal`. */
export class Http {
  #skew = 0;
  #renewing: Promise<string> | null = null;

  constructor(
    private token: string,
    private readonly send: typeof fetch = (input, init) => fetch(input, init),
    private readonly options: Options = {},
  ) {}

  /** Return the service's time, as milliseconds since the epoch; the user's clock may be wrong. */
  now(): number {
    return Date.now() + this.#skew;
  }

  /** Return the response's JSON; `path` is absolute on this origin. */
  async ask<T>(method: string, path: string, body?: object, headers?: Readonly<Record<string, string>>): Promise<T> {
    const response = await this.#answer(method, path, body, headers);
    this.#readClock(response);
    if (!response.ok) throw await refusalOf(response);
    return (response.status === NO_CONTENT ? undefined : await response.json()) as T;
  }

  /** Return a response whose body arrives bit by bit, until `signal` ends it. */
  async open(path: string, headers: Record<string, string>, signal: AbortSignal): Promise<Response> {
    const stop = new AbortController();
    const late = setTimeout(() => stop.abort(), WAIT);
    signal.addEventListener("abort", () => stop.abort(), { once: true });
    let response: Response;
    try {
      response = await this.#sendRenewed(path, "GET", headers, stop.signal);
    } catch (error) {
      throw asRefusal(error);
    } finally {
      clearTimeout(late);
    }
    this.#readClock(response);
    if (!response.ok) throw await refusalOf(response);
    return response;
  }

  async #answer(
    method: string,
    path: string,
    body?: object,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Response> {
    const sent = { ...(body ? { "Content-Type": "application/json" } : {}), ...headers };
    try {
      return await this.#sendRenewed(path, method, sent, AbortSignal.timeout(WAIT), body);
    } catch (error) {
      throw asRefusal(error);
    }
  }

  /** Send the request, and once more with a new token if the service does not accept this one. */
  async #sendRenewed(...request: Sent): Promise<Response> {
    const { token } = this;
    const response = await this.#send(...request);
    if (response.status !== UNAUTHORIZED || !this.options.renew) return response;
    // Several requests may be refused together.
    if (token === this.token) {
      this.#renewing ??= this.options.renew().finally(() => {
        this.#renewing = null;
      });
      this.token = await this.#renewing;
    }
    return this.#send(...request);
  }

  #send(...[path, method, headers, signal, body]: Sent): Promise<Response> {
    return this.send(path, {
      method,
      headers: { ...(this.token ? { Authorization: `Bearer ${this.token}` } : {}), ...headers },
      ...(body ? { body: JSON.stringify(body) } : {}),
      cache: "no-store",
      credentials: this.options.cookies ? "same-origin" : "omit",
      redirect: "error",
      referrerPolicy: "no-referrer",
      signal,
    });
  }

  #readClock(response: Response): void {
    const theirs = Date.parse(response.headers.get("Date") ?? "");
    const skew = theirs + 500 - Date.now();
    this.#skew = Math.abs(skew) > NOTICEABLE_SKEW ? skew : 0;
  }
}
