/** Requests to our own service, made as whoever holds the token; what it refuses becomes a `Refusal`. */

/** What the service said instead of yes. `status` 0 means that no answer came. */
export class Refusal extends Error {
  override readonly name = "Refusal";

  constructor(
    readonly status: number,
    message: string,
    readonly code = "",
    readonly subCode: number | null = null,
    readonly validFrom: Date | null = null,
    readonly validUntil: Date | null = null,
    /** Seconds after which to ask again, when the service named them. */
    readonly retryAfter: number | null = null,
  ) {
    super(message);
  }
}

/** Return what was thrown as a refusal; anything else counts as no answer. */
export function asRefusal(error: unknown): Refusal {
  return error instanceof Refusal ? error : new Refusal(0, "The service did not answer.");
}

interface ErrorBody {
  error?: { code?: string; message?: string; subCode?: number | string; validFrom?: string; validUntil?: string };
}

const WAIT = 10_000;
// A Date header counts whole seconds, so a smaller difference says nothing.
const NOTICEABLE_SKEW = 2_000;

const date = (text: string | undefined) => (text ? new Date(text) : null);

async function refusalOf(response: Response): Promise<Refusal> {
  const body = (await response.json().catch(() => ({}))) as ErrorBody;
  const error = body.error ?? {};
  const seconds = Number.parseInt(response.headers.get("Retry-After") ?? "", 10);
  return new Refusal(
    response.status,
    error.message ?? `The service answered ${response.status}.`,
    error.code ?? "",
    error.subCode === undefined ? null : Number(error.subCode),
    date(error.validFrom),
    date(error.validUntil),
    Number.isNaN(seconds) ? null : seconds,
  );
}

/** One holder's requests; every one raises `Refusal`. */
export class Http {
  #skew = 0;

  constructor(
    private readonly token: string,
    private readonly send: typeof fetch = (input, init) => fetch(input, init),
  ) {}

  /** Return the service's time, as milliseconds since the epoch: a person's own clock may be wrong. */
  now(): number {
    return Date.now() + this.#skew;
  }

  /** Return the JSON of the answer; `path` is absolute on this origin. */
  async ask<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await this.#answer(method, path, body);
    this.#readClock(response);
    if (!response.ok) throw await refusalOf(response);
    return (await response.json()) as T;
  }

  async #answer(method: string, path: string, body?: object): Promise<Response> {
    const headers: Record<string, string> = { Authorization: `Bearer ${this.token}` };
    if (body) headers["Content-Type"] = "application/json";
    try {
      return await this.send(path, {
        method,
        headers,
        ...(body ? { body: JSON.stringify(body) } : {}),
        cache: "no-store",
        credentials: "omit",
        redirect: "error",
        referrerPolicy: "no-referrer",
        signal: AbortSignal.timeout(WAIT),
      });
    } catch {
      throw new Refusal(0, "The service did not answer.");
    }
  }

  #readClock(response: Response): void {
    const theirs = Date.parse(response.headers.get("Date") ?? "");
    const skew = theirs + 500 - Date.now();
    this.#skew = Math.abs(skew) > NOTICEABLE_SKEW ? skew : 0;
  }
}
