/** Finds the secret of an invitation in a link that a mail program may have damaged. */

const SECRET = /^[\w-]{22}$/;
const ESCAPE = /%([0-9a-f]{2})/gi;
// Mail programs, and the services that check their links, encode what follows the # up to twice.
const MOST_ENCODINGS = 3;

/** Return the secret in a text such as `(SECRET).` or `%22SECRET%22`; null if there is none. */
export function secretIn(text: string): string | null {
  let plain = text;
  for (let times = 0; times < MOST_ENCODINGS; times++) {
    plain = plain.replace(ESCAPE, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
  }
  return plain.split(/[^\w-]+/).find((part) => SECRET.test(part)) ?? null;
}
