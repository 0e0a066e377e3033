/** The address of openrooms, and the requests to it; each has the credential's current token. */

import type { CommunicationTokenCredential } from "@azure/communication-common";
import { type Admission, RoomService } from "../../src/call/service";
import { Refusal } from "../../src/shared/http";
import type { Configuration } from "./types";

let configured = "";

/** Set the address of openrooms. Other ways: `globalThis.OPENROOMS_ENDPOINT`, `<meta name="openrooms-endpoint">`. */
export function configure(configuration: Configuration): void {
  configured = configuration.endpoint;
}

/** Return the address of openrooms without a trailing slash; an empty one is the page's own origin. */
export function endpoint(): string {
  const global = (globalThis as { OPENROOMS_ENDPOINT?: unknown }).OPENROOMS_ENDPOINT;
  const meta = () => document.querySelector<HTMLMetaElement>('meta[name="openrooms-endpoint"]')?.content;
  const address = configured || global || (typeof document === "undefined" ? "" : meta()) || "";
  return String(address).replace(/\/+$/u, "");
}

/** Requests about one room; every method raises `Refusal`. */
export class CallService {
  constructor(
    private readonly endpoint: string,
    private readonly roomId: string,
    private readonly credential: CommunicationTokenCredential,
    /** Called when the service no longer accepts the token. */
    private readonly onBadToken: () => void = () => {},
  ) {}

  join = (displayName: string): Promise<Admission> => this.#ask((service) => service.join(displayName));
  mute = (rawId: string): Promise<void> => this.#ask((service) => service.mute(rawId));
  remove = (rawId: string): Promise<void> => this.#ask((service) => service.remove(rawId));
  end = (): Promise<void> => this.#ask((service) => service.end());

  /** Wait while the person at the door has to; what was decided, joining tells. `signal` ends the wait. */
  wait = (signal: AbortSignal): Promise<void> =>
    this.#ask(
      (service) =>
        new Promise((resolve) => {
          const done = () => {
            follower.stop();
            resolve();
          };
          const follower = service.follow({
            onRoom: () => {},
            onContact: () => {},
            onDoor: (door) => door.at !== "waiting" && done(),
            // The token may have expired: joining uses a new one.
            onEnd: done,
          });
          signal.addEventListener("abort", done, { once: true });
        }),
    );

  async #ask<T>(request: (service: RoomService) => Promise<T>): Promise<T> {
    const token = await this.#token();
    const send: typeof fetch = (path, init) => fetch(`${this.endpoint}${String(path)}`, init);
    try {
      return await request(new RoomService({ roomId: this.roomId, token }, send));
    } catch (error) {
      if (error instanceof Refusal && error.status === 401) this.onBadToken();
      throw error;
    }
  }

  async #token(): Promise<string> {
    try {
      return (await this.credential.getToken()).token;
    } catch {
      this.onBadToken();
      throw new Refusal(401, "The credential gives no token.", "TokenRefused", 4507);
    }
  }
}
