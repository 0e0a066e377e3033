/**
 * The texts of the pages in the person's language, by typed keys.
 *
 * English is part of the pages. Another language is loaded before the first text is shown, from the service itself. A
 * text may contain names in braces, `{name}`, and a text with a number is a table by the plural rules of its language.
 */

import { en } from "./en";

/** A text, or its forms by the plural rules for the value `count`. */
export type Message = string | Plural;
export type Plural = { readonly other: string } & { readonly [rule in Intl.LDMLPluralRule]?: string };

type English = typeof en;
export type Key = keyof English;
export type Catalogue = { readonly [K in Key]: English[K] extends string ? string : Plural };

type NamesIn<Text> = Text extends `${string}{${infer Name}}${infer Rest}` ? Name | NamesIn<Rest> : never;
type NamesOf<M> = M extends { readonly other: infer Other } ? NamesIn<Other> | "count" : NamesIn<M>;
/** The names that a text contains; those of all texts if the key is one of several. */
export type Names<K extends Key> = NamesOf<English[K]>;

type Values<K extends Key> = { readonly [name in Names<K>]: name extends "count" ? number : string | number };
/** What has to be passed with a key: nothing if its text contains no names. */
export type With<K extends Key> = [Names<K>] extends [never] ? [] : [values: Values<K>];

export type Language = "en" | "de" | "fr" | "es" | "ar";

interface Loaded {
  readonly language: Language;
  /** The language with the person's region if the browser names one, for times and numbers. */
  readonly locale: string;
  readonly catalogue: Catalogue;
}

/** Each language by its name for itself. */
export const LANGUAGES: Readonly<Record<Language, string>> = {
  en: "English",
  de: "Deutsch",
  fr: "Français",
  es: "Español",
  ar: "العربية",
};

const LOADERS: Readonly<Record<Exclude<Language, "en">, () => Promise<Catalogue>>> = {
  de: async () => (await import("./de")).de,
  fr: async () => (await import("./fr")).fr,
  es: async () => (await import("./es")).es,
  ar: async () => (await import("./ar")).ar,
};

const RIGHT_TO_LEFT: readonly Language[] = ["ar"];

// Nothing runs when this module is loaded, so that packages which need no text do not contain any.
let loaded: Loaded | undefined;

const english = (languages: readonly string[]): Loaded => ({
  language: "en",
  locale: regional("en", languages),
  catalogue: en,
});

function current(): Loaded {
  loaded ??= english(navigator.languages);
  return loaded;
}

const languageOf = (tag: string) => tag.toLowerCase().split(/[-_]/, 1)[0] ?? "";
const isLanguage = (code: string): code is Language => Object.hasOwn(LANGUAGES, code);

/** Return the language for an address and the browser's languages: `?lang=` if we have it, then the first that we have. */
export function chooseLanguage(search: string, languages: readonly string[]): Language {
  const requested = new URLSearchParams(search).get("lang") ?? "";
  return [requested, ...languages].map(languageOf).find(isLanguage) ?? "en";
}

function regional(language: Language, languages: readonly string[]): string {
  return languages.find((tag) => languageOf(tag) === language) ?? language;
}

/** Load the texts of a language and use it from now on; English stays if they cannot be loaded. */
export async function speak(language: Language, languages: readonly string[] = navigator.languages): Promise<void> {
  const catalogue = language === "en" ? en : await LOADERS[language]().catch(() => null);
  loaded = catalogue ? { language, locale: regional(language, languages), catalogue } : english(languages);
}

/** Return the language of the texts. */
export const language = (): Language => current().language;

/** Return the language with its region, as `Intl` expects it. */
export const locale = (): string => current().locale;

/** Return the direction in which the language is written. */
export const direction = (): "ltr" | "rtl" => (RIGHT_TO_LEFT.includes(current().language) ? "rtl" : "ltr");

/** Speak the language of this address or browser, and mark the document with it. */
export async function speakForPage(): Promise<void> {
  await speak(chooseLanguage(location.search, navigator.languages));
  document.documentElement.lang = language();
  document.documentElement.dir = direction();
}

const NAME = /\{(\w+)\}/;

/** Return the text in pieces: at odd places the names that it contains, at even places what is around them. */
export function pieces<K extends Key>(key: K, count?: number): readonly string[] {
  const message: Message = current().catalogue[key];
  if (typeof message === "string") return message.split(NAME);
  const rule = new Intl.PluralRules(locale()).select(count ?? 0);
  return (message[rule] ?? message.other).split(NAME);
}

// A name in the other direction, such as a Latin one in Arabic, would otherwise change the order of what is around it.
const FOREIGN = { ltr: /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/, rtl: /\p{Script=Latin}|\d/u };

function shown(value: string | number | undefined): string {
  if (typeof value === "number") return new Intl.NumberFormat(locale()).format(value);
  const content = value ?? "";
  return FOREIGN[direction()].test(content) ? `\u2068${content}\u2069` : content;
}

/** Return the text of a key with these values in place of its names. */
export function text<K extends Key>(key: K, ...[values]: With<K>): string {
  const known = (values ?? {}) as Readonly<Record<string, string | number>>;
  return pieces(key, known.count as number | undefined)
    .map((piece, index) => (index % 2 ? shown(known[piece]) : piece))
    .join("");
}
