import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { Heading } from "../shared/Frame";
import { Page } from "./Page";

interface Props {
  icon: LucideIcon;
  title: string;
  children: ReactNode;
  hasHelp?: boolean;
}

/** A page with one message. */
export function Card({ icon: Icon, title, children, hasHelp = false }: Props) {
  return (
    <Page hasHelp={hasHelp}>
      <section className="card notice">
        <span className="picture" aria-hidden="true">
          <Icon />
        </span>
        <Heading key={title}>{title}</Heading>
        {children}
      </section>
    </Page>
  );
}
