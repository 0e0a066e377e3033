/** Lists that the service sends page by page. */

import type { Service } from "./service";

interface Page {
  readonly nextLink?: string;
}

/** Return path and query of a link to the next page; behind a proxy, its host may differ from this one. */
export function onThisOrigin(link: string | null | undefined): string | null {
  if (!link) return null;
  const address = new URL(link, "http://localhost");
  return address.pathname + address.search;
}

/** Return the first pages of a list, at least one and at most `most`; may throw a `Refusal`. */
export async function readPages<T extends Page>(service: Service, path: string, most: number): Promise<[T, ...T[]]> {
  const pages: [T, ...T[]] = [await service.ask<T>("GET", path)];
  let next = onThisOrigin(pages[0].nextLink);
  while (next && pages.length < most) {
    const page: T = await service.ask<T>("GET", next);
    pages.push(page);
    next = onThisOrigin(page.nextLink);
  }
  return pages;
}
