/** The layout of every page of a person who is not in the call. */

import type { ReactNode } from "react";
import { LanguageField } from "../languages/LanguageField";
import { Frame } from "../shared/Frame";
import { HelpLine, PrivacyLink } from "./Help";

interface Props {
  children: ReactNode;
  wide?: boolean;
  /** Whether the page itself says where people get help. */
  hasHelp?: boolean;
}

export function Page({ children, wide = false, hasHelp = false }: Props) {
  return (
    <Frame
      wide={wide}
      aside={<LanguageField />}
      foot={
        <footer className="frame-foot">
          {!hasHelp && <HelpLine />}
          <PrivacyLink />
        </footer>
      }
    >
      {children}
    </Frame>
  );
}
