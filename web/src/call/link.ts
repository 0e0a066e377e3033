/** The link a person was given: `/call/ROOM#TOKEN`. */

export interface Link {
  readonly roomId: string;
  /** The identity token. It lives in the fragment, which browsers never send. */
  readonly token: string;
}

const PATH = /\/call\/(\d+)\/?$/;

/** Return the link of this address, or null when the room or the token is missing. */
export function readLink(address: Pick<Location, "pathname" | "hash">): Link | null {
  const room = PATH.exec(address.pathname)?.[1];
  const token = address.hash.slice(1).trim();
  return room && token ? { roomId: room, token } : null;
}
