/** Countries with their calling codes, and numbers as people of a country write them. Loaded when somebody dials. */

import {
  type CountryCode,
  getCountries,
  getCountryCallingCode,
  parsePhoneNumberFromString,
} from "libphonenumber-js/min";

export interface Country {
  readonly code: string;
  readonly label: string;
}

/** Return all countries, by name in this language. */
export function countries(language: string): Country[] {
  const names = new Intl.DisplayNames([language], { type: "region" });
  return getCountries()
    .map((code) => ({ code, label: `${names.of(code) ?? code} (+${getCountryCallingCode(code)})` }))
    .sort((one, other) => one.label.localeCompare(other.label, language));
}

/** Return the country of a browser's language such as `de-AT`, or the United States. */
export function countryOf(language: string): string {
  const region = new Intl.Locale(language).maximize().region ?? "";
  return getCountries().some((code) => code === region) ? region : "US";
}

/** Return a number in E.164 form, written as in this country or with a + and its country code; null if it cannot be one. */
export function e164(text: string, country: string): string | null {
  const number = parsePhoneNumberFromString(text, country as CountryCode);
  return number?.isPossible() ? number.number : null;
}
