/** A rotation of the access keys: which of its steps are done, from the ids that the keys had when it began. */

import type { AccessKey } from "./api";

export interface Begun {
  readonly primary: string;
  readonly secondary: string;
}

export interface Progress {
  /** The secondary key is a new one, which programs can be given. */
  readonly hasNewSecondary: boolean;
  /** Something has signed with the primary key after the last use of the new secondary one, or the latter has no use. */
  readonly isPrimaryInUse: boolean;
  readonly isDone: boolean;
}

const of = (keys: readonly AccessKey[], name: AccessKey["name"]) => keys.find((key) => key.name === name);

/** Return what a rotation begins with. */
export const begin = (keys: readonly AccessKey[]): Begun => ({
  primary: of(keys, "primary")?.id ?? "",
  secondary: of(keys, "secondary")?.id ?? "",
});

/** Return how far the rotation is. */
export function progress(begun: Begun, keys: readonly AccessKey[]): Progress {
  const [primary, secondary] = [of(keys, "primary"), of(keys, "secondary")];
  const used = (key: AccessKey | undefined) => (key?.lastUsedAt ? Date.parse(key.lastUsedAt) : 0);
  return {
    hasNewSecondary: secondary?.id !== begun.secondary,
    isPrimaryInUse: used(primary) >= used(secondary),
    isDone: primary?.id !== begun.primary,
  };
}
