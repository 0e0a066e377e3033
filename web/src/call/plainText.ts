/** Texts of other people, made safe to show: no control characters, no reordering, and links only to web pages. */

// What a browser obeys without showing it: controls except for line breaks, marks that reorder other text, and invisible
// characters. Joiners stay, because Persian, Indian scripts and emoji need them.
const UNSEEN = /[\p{Cc}\p{Cs}\p{Co}\u00ad\u200b\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff]/gu;
const STACKED = /(\p{M}{4})\p{M}+/gu;
const BLANK_LINES = /\n(?:[^\S\n]*\n){2,}/gu;

/** Return a text of at most `limit` characters without what could deceive or hide; empty if nothing visible is left. */
export function cleaned(text: string, limit: number): string {
  const plain = text
    .normalize("NFC")
    .replace(/\r\n?/gu, "\n")
    .replace(/\t/gu, " ")
    .replace(UNSEEN, (char) => (char === "\n" ? char : ""))
    .replace(STACKED, "$1")
    .replace(BLANK_LINES, "\n\n")
    .trim();
  return [...plain].slice(0, limit).join("");
}

/** A part of a text that leads to a web page. */
export interface WebLink {
  readonly text: string;
  readonly href: string;
}

const ADDRESS = /https?:\/\/[^\s<>"'`{}|\\^]+/giu;
const CLOSING = /[.,;:!?…)\]»”’*_]$/u;

/** Return the text in parts: plain ones, and the addresses of web pages in it. */
export function withLinks(text: string): (string | WebLink)[] {
  const parts: (string | WebLink)[] = [];
  let end = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const address = withoutPunctuation(match[0]);
    const link = linkTo(address);
    if (!link) continue;
    if (match.index > end) parts.push(text.slice(end, match.index));
    parts.push(link);
    end = match.index + address.length;
  }
  if (end < text.length) parts.push(text.slice(end));
  return parts;
}

/** Remove what ends the sentence around an address; a bracket that opened inside the address belongs to it. */
function withoutPunctuation(address: string): string {
  let rest = address;
  while (CLOSING.test(rest) && !closesBracket(rest)) rest = rest.slice(0, -1);
  return rest;
}

const closesBracket = (address: string) =>
  address.endsWith(")") && address.split("(").length >= address.split(")").length;

function linkTo(address: string): WebLink | null {
  if (!URL.canParse(address)) return null;
  const url = new URL(address);
  // What stands before an @ looks like the host, but is not.
  if (url.username || url.password) return null;
  // Letters of other scripts can imitate a host, so the link shows what the browser really asks for.
  const isAscii = url.hostname === hostIn(address);
  return { href: url.href, text: isAscii ? address : url.href };
}

const hostIn = (address: string) =>
  address
    .replace(/^https?:\/\//iu, "")
    .split(/[/?#:]/u, 1)[0]
    ?.toLowerCase();
