/**
 * The link a person was given: `/call/ROOM#TOKEN`.
 *
 * Whoever has the token is that person. So it leaves the address bar, and with it the tab's history, as soon as it is
 * read, and this tab remembers it: a reload, the way back from another page or a tab that the system had put to sleep
 * find it again, and a copied address or a screenshot give nobody away.
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

/** Return the link of this address, or the one that this tab had for the room, or null; leave no token in the address. */
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
    else return known(roomId, kept.getItem(KEY + roomId));
  } catch {
    // Where the browser keeps nothing for us, only the address survives a reload.
    return known(roomId, token);
  }
  past.replaceState(past.state, "", address.pathname + address.search);
  return known(roomId, token);
}

/** Return whether both lead the same person to the same room. */
export function isSame(one: Link | null, other: Link | null): boolean {
  return one?.roomId === other?.roomId && one?.token === other?.token;
}

function known(roomId: string, token: string | null): Link | null {
  return token ? { roomId, token } : null;
}
