import { Languages } from "lucide-react";
import { LANGUAGES, type Language, language, text } from "./text";

/** Open this page again in another language. The tab still has the link. */
function change(to: string): void {
  const address = new URL(location.href);
  address.searchParams.set("lang", to);
  location.replace(address);
}

/** The languages of the page by their own names. */
export function LanguageField() {
  return (
    <label className="language">
      <Languages aria-hidden="true" />
      <span className="visually-hidden">{text("common.language")}</span>
      <select value={language()} onChange={(event) => change(event.target.value)}>
        {(Object.entries(LANGUAGES) as [Language, string][]).map(([code, name]) => (
          <option key={code} value={code} lang={code}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
