/** Names, initials and colours of people in the call. */

import { text } from "../languages/text";
import { type Role, roleName } from "./capabilities";

const TINTS = 6;

/** Return the initials shown when there is no video. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/u).filter(Boolean);
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined].map((word) => [...(word ?? "")][0] ?? "");
  return letters.join("").toLocaleUpperCase() || "?";
}

/** Return which of the six tints belongs to an identity; the same on every screen. */
export function tint(identity: string): number {
  let sum = 0;
  for (const char of identity) sum = (sum * 31 + (char.codePointAt(0) ?? 0)) >>> 0;
  return sum % TINTS;
}

/** Return a name to show: the person's own, or the role and the end of the identity. */
export function nameOf(displayName: string | undefined, role: Role | undefined, identity: string): string {
  return displayName?.trim() || `${role ? roleName(role) : text("role.guest")} ${identity.slice(-4)}`;
}

/** Return the identity that a connection belongs to: `id#x` is another connection of `id`. */
export const ownerOf = (identity: string): string => identity.split("#", 1)[0] ?? identity;

/** Return the role that the service set on this connection; people cannot change their own. */
export const roleOf = (participant: {
  readonly attributes?: Readonly<Record<string, string>> | undefined;
}): Role | undefined => participant.attributes?.role as Role | undefined;
