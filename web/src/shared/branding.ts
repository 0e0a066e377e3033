/** The operator's name, logo, help line and privacy link, which the service puts into the head of the call page. */

/** A text, or the text in each of several languages. */
export type Words = string | Readonly<Record<string, string>>;

export interface Branding {
  readonly name: string;
  /** Addresses of images, on the page's own host. */
  readonly logo?: string;
  readonly darkLogo?: string;
  readonly icon?: string;
  readonly helpLine?: Words;
  readonly helpUrl?: string;
  readonly privacyUrl?: Words;
}

/** Return the branding of this page; null if the operator gave none. */
export function brandingOf(page: ParentNode = document): Branding | null {
  const content = page.querySelector<HTMLMetaElement>("meta[name='openrooms-branding']")?.content;
  return content ? (JSON.parse(content) as Branding) : null;
}

/** Return the words in this language, or else in English or the first of their languages. */
export function wordsIn(language: string, words: Words): string {
  if (typeof words === "string") return words;
  return words[language] ?? words.en ?? Object.values(words)[0] ?? "";
}

/** Show the operator's icon in the browser's tab, if there is one. */
export function showIcon(): void {
  const icon = brandingOf()?.icon;
  const link = document.querySelector<HTMLLinkElement>("link[rel='icon']");
  if (!icon || !link) return;
  link.removeAttribute("type");
  link.href = icon;
}
