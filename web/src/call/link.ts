/**
 * A person's link: an invitation, `/j#SECRET`, or `/call/ROOM#TOKEN` with an identity token.
 *
 * Anyone who has the secret can join as that person. So the page removes it from the address bar, and thereby from the
 * tab's history, as soon as it is read, and this tab stores it. A reload, a return from another page and a restored tab
 * find it again, but a copied address or a screenshot does not contain it.
 */

import { secretIn } from "./secret";

export type Link = TokenLink | InvitationLink;

export interface TokenLink {
  readonly roomId: string;
  /** The identity token. It comes in the fragment, which browsers never send. */
  readonly token: string;
}

export interface InvitationLink {
  readonly secret: string;
}

interface Found {
  readonly key: string;
  /** The address without the secret. */
  readonly path: string;
  readonly secret: string;
  readonly link: (secret: string) => Link;
}

const CALL = /\/call\/(\d+)\/?$/;
// Some mail programs encode the #, and some add what follows a link in a sentence.
const INVITATION = /\/j\/?(?:(?:#|%(?:25)*23)(.*))?$/is;
const TOKEN_KEY = "openrooms.token.";
const INVITATION_KEY = "openrooms.invitation";

type Address = Pick<Location, "pathname" | "search" | "hash">;
type Past = Pick<History, "replaceState" | "state">;

/** Return the link of this address, or the one that this tab stored, or null; remove the secret from the address. */
export function takeLink(
  address: Address = location,
  past: Past = history,
  store: () => Storage = () => sessionStorage,
): Link | null {
  const found = findToken(address) ?? findInvitation(address);
  if (!found) return null;
  const { key, path, secret, link } = found;
  try {
    const kept = store();
    if (secret) kept.setItem(key, secret);
    else return linkOf(link, kept.getItem(key));
  } catch {
    // If the browser stores nothing, only the address survives a reload.
    return linkOf(link, secret);
  }
  past.replaceState(past.state, "", path + address.search);
  return linkOf(link, secret);
}

/** Return whether an address is that of an invitation, with its secret or without. */
export const isInvitation = (address: Pick<Location, "pathname"> = location): boolean =>
  INVITATION.test(address.pathname);

/** Return whether both links are for the same person and room. */
export const isSame = (first: Link | null, second: Link | null): boolean => textOf(first) === textOf(second);

function findToken({ pathname, hash }: Address): Found | null {
  const roomId = CALL.exec(pathname)?.[1];
  if (!roomId) return null;
  return {
    key: TOKEN_KEY + roomId,
    path: pathname,
    secret: hash.slice(1).trim(),
    link: (token) => ({ roomId, token }),
  };
}

function findInvitation({ pathname, hash }: Address): Found | null {
  const match = INVITATION.exec(pathname + hash);
  if (!match) return null;
  const written = match[1] ?? "";
  return {
    key: INVITATION_KEY,
    path: pathname.replace(/\/j\b.*$/is, "/j"),
    // The service explains a secret that cannot be one.
    secret: secretIn(written) ?? written.trim(),
    link: (secret) => ({ secret }),
  };
}

const linkOf = (link: (secret: string) => Link, secret: string | null): Link | null => (secret ? link(secret) : null);

const textOf = (link: Link | null) => link && ("secret" in link ? link.secret : `${link.roomId} ${link.token}`);
