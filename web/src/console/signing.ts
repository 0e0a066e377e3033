/** Signing in to the console and out of it; the session is in a cookie that no script reads. */

import { Http, Refusal } from "../shared/http";
import type { BegunModel, SessionModel, WayList, WayModel } from "../shared/shapes";

export type Way = WayModel;
export type SignedIn = SessionModel;

/** What signs in: the secret of a one-time link, what an issuer sent back, or nothing in a development service. */
export type Proof = { secret: string } | { code: string; state: string; iss?: string } | Record<string, never>;

export const HOME = "/console";
export const SIGN_IN = "/console/sign-in";
const CALLBACK = "/console/callback";

const OWN = "/openrooms/console";
const HEADERS = { "openrooms-console": "1" };
const UNAUTHORIZED = 401;
const SECRET = /^[\w-]{43}$/;
const RETURN = "openrooms-return";

/** Each may throw a `Refusal`. */
export class SignInApi {
  readonly #http: Http;

  constructor(send?: typeof fetch) {
    this.#http = new Http("", send, { cookies: true });
  }

  /** Return who is signed in in this browser, or null. */
  async session(): Promise<SignedIn | null> {
    try {
      return await this.#http.ask<SignedIn>("GET", `${OWN}/session`, undefined, HEADERS);
    } catch (error) {
      if (error instanceof Refusal && error.status === UNAUTHORIZED) return null;
      throw error;
    }
  }

  async ways(): Promise<Way[]> {
    return (await this.#http.ask<WayList>("GET", `${OWN}/ways`, undefined, HEADERS)).value;
  }

  /** Return the address at the issuer to which the browser has to go. */
  async begin(way: Way): Promise<string> {
    return (await this.#http.ask<BegunModel>("POST", `${OWN}/session:begin`, { way: way.id ?? "" }, HEADERS)).url;
  }

  signIn(proof: Proof): Promise<SignedIn> {
    return this.#http.ask("POST", `${OWN}/session`, proof, HEADERS);
  }

  async signOut(): Promise<void> {
    await this.#http.ask("DELETE", `${OWN}/session`, undefined, HEADERS);
  }
}

/** Return where to go after signing in: only to pages of the console, which begin with this path. */
export function returnPath(text: string | null): string {
  const isOwn = text !== null && /^\/console(?:[/?]|$)/.test(text) && !/[\\\s]|\/\//.test(text);
  return isOwn && !text.startsWith(SIGN_IN) && !text.startsWith(CALLBACK) ? text : HOME;
}

/** Remember the page to which the issuer's answer leads back; `restored` forgets it. */
export const remember = (path: string) => sessionStorage.setItem(RETURN, returnPath(path));

export function restored(): string {
  const path = returnPath(sessionStorage.getItem(RETURN));
  sessionStorage.removeItem(RETURN);
  return path;
}

/** What the address of the page brings: a way to sign in, or why the issuer sent none. */
export type Brought = { readonly proof: Proof; readonly to: string } | { readonly problem: string } | null;

/** Return what the address brings. */
export function broughtBy({ pathname, search, hash }: Pick<Location, "pathname" | "search" | "hash">): Brought {
  if (SECRET.test(hash.slice(1))) return { proof: { secret: hash.slice(1) }, to: returnPath(pathname + search) };
  if (pathname !== CALLBACK) return null;
  const query = new URLSearchParams(search);
  const [code, state, iss] = ["code", "state", "iss"].map((name) => query.get(name) ?? "");
  if (code && state) return { proof: { code, state, ...(iss ? { iss } : {}) }, to: restored() };
  return { problem: query.get("error") === "access_denied" ? DENIED : FAILED };
}

const DENIED = "You were not signed in: the sign-in was cancelled, or your account may not use this service.";
export const FAILED = "The sign-in could not be completed. Try again.";

/** Return how the console calls somebody. */
export function nameOf({ displayName, subject }: Pick<SignedIn, "displayName" | "subject">): string {
  if (displayName) return displayName;
  if (subject === "development") return "Development";
  return subject.startsWith("token:") ? "One-time link" : subject.slice(subject.indexOf("#") + 1);
}
