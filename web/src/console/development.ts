/** Requests to what only a development service has: its clock, its faults, and the requests that it received. */

import type { ClockBody, ClockModel, FaultList, FaultModel, RequestModel, RequestPage } from "../shared/shapes";
import type { Service } from "./service";

export type Recorded = RequestModel;
export type Fault = FaultModel;

const OWN = "/openrooms/dev";
/** How many requests the page shows; the service keeps 1,000. */
export const SHOWN = 200;
// Below the time after which `Http` gives up.
const WAIT = 8;
const COUNTED = new Set(["id", "matched", "injected"]);

/** Each may throw a `Refusal`. */
export class DevelopmentApi {
  readonly #service: Service;

  constructor(service: Service) {
    this.#service = service;
  }

  clock(): Promise<ClockModel> {
    return this.#service.ask("GET", `${OWN}/clock`);
  }

  setClock(change: Partial<ClockBody>): Promise<ClockModel> {
    return this.#service.ask("PATCH", `${OWN}/clock`, change);
  }

  advance(seconds: number): Promise<ClockModel> {
    return this.#service.ask("POST", `${OWN}/clock:advance`, { seconds });
  }

  async resetClock(): Promise<void> {
    await this.#service.ask("DELETE", `${OWN}/clock`);
  }

  /** Return the newest requests, or wait for those after a number. */
  requests(after: number | null = null): Promise<RequestPage> {
    const which = after === null ? `limit=${SHOWN}` : `after=${after}&wait=${WAIT}`;
    return this.#service.ask("GET", `${OWN}/requests?${which}`);
  }

  async clearRequests(): Promise<void> {
    await this.#service.ask("DELETE", `${OWN}/requests`);
  }

  async faults(): Promise<Fault[]> {
    return (await this.#service.ask<FaultList>("GET", `${OWN}/faults`)).value;
  }

  addFault(fault: object): Promise<Fault> {
    return this.#service.ask("POST", `${OWN}/faults`, fault);
  }

  async removeFault(id: string): Promise<void> {
    await this.#service.ask("DELETE", `${OWN}/faults/${encodeURIComponent(id)}`);
  }
}

/** Return the requests with newer ones, without those that the page no longer shows. */
export function withNewer(shown: readonly Recorded[], newer: readonly Recorded[]): Recorded[] {
  return [...shown, ...newer].slice(-SHOWN);
}

/** Return the fault of a text such as `operation=create_room; status=429`. */
export function parseFault(text: string): Record<string, string | number | boolean> {
  const parts = text.split(/[;,\s]+/).filter(Boolean);
  return Object.fromEntries(
    parts.map((part) => {
      const [name = "", value = ""] = part.split(/=(.*)/s);
      return [name, typed(value)];
    }),
  );
}

function typed(text: string): string | number | boolean {
  if (text === "true" || text === "false") return text === "true";
  return /^-?\d+(\.\d+)?$/.test(text) && text.length < 16 ? Number(text) : text;
}

/** Return a fault as `parseFault` reads it. */
export function faultText(fault: Fault): string {
  return Object.entries(fault)
    .filter(([name]) => !COUNTED.has(name))
    .map(([name, value]) => `${name}=${value}`)
    .join(" ");
}
