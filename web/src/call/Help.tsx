/** Where people get help, and what becomes of their data, if the operator says so. */

import { LifeBuoy } from "lucide-react";
import { language, text } from "../languages/text";
import { brandingOf, wordsIn } from "../shared/branding";

export function HelpLine() {
  const { helpLine, helpUrl } = brandingOf() ?? {};
  if (!helpLine) return null;
  const words = wordsIn(language(), helpLine);
  return (
    <p className="help-line">
      <LifeBuoy aria-hidden="true" />
      {helpUrl ? <OutLink to={helpUrl}>{words}</OutLink> : <span dir="auto">{words}</span>}
    </p>
  );
}

export function PrivacyLink() {
  const { privacyUrl } = brandingOf() ?? {};
  if (!privacyUrl) return null;
  return (
    <p>
      <OutLink to={wordsIn(language(), privacyUrl)}>{text("brand.privacy")}</OutLink>
    </p>
  );
}

/** A link that leaves the page and the call open. */
function OutLink({ to, children }: { to: string; children: string }) {
  const opensTab = to.startsWith("https:");
  return (
    <a dir="auto" href={to} {...(opensTab ? { target: "_blank", rel: "noopener noreferrer" } : {})}>
      {children}
    </a>
  );
}
