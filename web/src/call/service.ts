/** The service's REST paths under `/openrooms`, as the page needs them. Every call is made as the link's holder. */

import type { Role } from "./capabilities";
import type { Link } from "./link";

/** The answer to a person who may join now. */
export interface Admission {
  readonly roomId: string;
  readonly identity: string;
  readonly role: Role;
  readonly capabilities: ReadonlySet<string>;
  readonly validUntil: Date;
  readonly mediaUrl: string;
  readonly mediaToken: string;
}

/** Somebody in the call, as the service knows them. */
export interface Present {
  readonly rawId: string;
  readonly role: Role;
  readonly displayName: string;
}

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

interface AdmissionBody extends Omit<Admission, "capabilities" | "validUntil"> {
  readonly capabilities: Record<string, boolean>;
  readonly validUntil: string;
}

interface CallBody {
  readonly participants: readonly {
    readonly communicationIdentifier: { readonly rawId: string };
    readonly role: Role;
    readonly displayName?: string | null;
  }[];
}

/** Asks the service about one room with one identity token; every method raises `Refusal`. */
export class RoomService {
  #skew = 0;

  constructor(
    private readonly link: Link,
    private readonly send: typeof fetch = (input, init) => fetch(input, init),
  ) {}

  /** Return the service's time, as milliseconds since the epoch: a person's own clock may be wrong. */
  now(): number {
    return Date.now() + this.#skew;
  }

  async join(displayName: string): Promise<Admission> {
    const body = await this.#ask<AdmissionBody>("POST", "join", displayName ? { displayName } : {});
    const able = Object.entries(body.capabilities).filter(([, allowed]) => allowed);
    return {
      ...body,
      validUntil: new Date(body.validUntil),
      capabilities: new Set(able.map(([name]) => name)),
    };
  }

  async present(): Promise<Present[]> {
    const body = await this.#ask<CallBody>("GET", "call");
    return body.participants.map((one) => ({
      rawId: one.communicationIdentifier.rawId,
      role: one.role,
      displayName: one.displayName ?? "",
    }));
  }

  async mute(rawId: string): Promise<void> {
    await this.#ask("POST", `call/participants/${encodeURIComponent(rawId)}:mute`);
  }

  async remove(rawId: string): Promise<void> {
    await this.#ask("POST", `call/participants/${encodeURIComponent(rawId)}:remove`);
  }

  async end(): Promise<void> {
    await this.#ask("POST", "call:end");
  }

  async #ask<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await this.#answer(method, path, body);
    this.#readClock(response);
    if (!response.ok) throw await refusalOf(response);
    return (await response.json()) as T;
  }

  async #answer(method: string, path: string, body?: object): Promise<Response> {
    const headers: Record<string, string> = { Authorization: `Bearer ${this.link.token}` };
    if (body) headers["Content-Type"] = "application/json";
    try {
      return await this.send(`/openrooms/rooms/${encodeURIComponent(this.link.roomId)}/${path}`, {
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
