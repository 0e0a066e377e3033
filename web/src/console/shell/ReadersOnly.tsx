import { Link } from "wouter";
import { HOME } from "../pages";
import { PageHead } from "./PageHead";

/** In place of a form whose every request would be refused. */
export function ReadersOnly() {
  return (
    <section className="card console">
      <PageHead title="You may only read" />
      <p>This page changes something, which takes the role of a contributor. Whoever runs this service gives it.</p>
      <p>
        <Link href={HOME}>To today’s visits</Link>
      </p>
    </section>
  );
}
