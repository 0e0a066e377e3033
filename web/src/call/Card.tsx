import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { LanguageField } from "../languages/LanguageField";
import { Frame, Heading } from "../shared/Frame";

interface Props {
  icon: LucideIcon;
  title: string;
  children: ReactNode;
}

/** A page with one message. */
export function Card({ icon: Icon, title, children }: Props) {
  return (
    <Frame aside={<LanguageField />}>
      <section className="card notice">
        <span className="picture" aria-hidden="true">
          <Icon />
        </span>
        <Heading key={title}>{title}</Heading>
        {children}
      </section>
    </Frame>
  );
}
