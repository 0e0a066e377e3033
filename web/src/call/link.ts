/**
 * A person's link: `/call/ROOM#TOKEN`.
 *
 * Anyone who has the token can join as that person. So the page removes it from the address bar, and thereby from the
 * tab's history, as soon as it is read, and this tab stores it. A reload, a return from another page and a restored tab
 * find it again, but a copied address or a screenshot does not contain it.
 */

export interface Link {
  readonly roomId: string;
  /** The identity token. It comes in the fragment, which browsers never send. */
  readonly token: string;
}

const PATH = /\/call\/(\d+)\/?$/;
const KEY = "openrooms.token.";

type Address = Pick<Location, "pathname" | "search" | "hash">;
type Past = Pick<History, "replaceState" | "state">;

/** Return the link of this address, or this tab's stored link for the room, or null; remove the token from the address. */
export function takeLink(
  address: Address = location,
  past: Past = history,
  store: () => Storage = () => sessionStorage,
): Link | null {
  const roomId = PATH.exec(address.pathname)?.[1];
  if (!roomId) return null;
  const token = address.hash.slice(1).trim();
  try {
    const kept = store();
    if (token) kept.setItem(KEY + roomId, token);
    else return linkOf(roomId, kept.getItem(KEY + roomId));
  } catch {
    // If the browser stores nothing, only the address survives a reload.
    return linkOf(roomId, token);
  }
  past.replaceState(past.state, "", address.pathname + address.search);
  return linkOf(roomId, token);
}

/** Return whether both links are for the same person and room. */
export function isSame(first: Link | null, second: Link | null): boolean {
  return first?.roomId === second?.roomId && first?.token === second?.token;
}

function linkOf(roomId: string, token: string | null): Link | null {
  return token ? { roomId, token } : null;
}
