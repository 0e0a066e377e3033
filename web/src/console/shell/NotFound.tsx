import { Link } from "wouter";
import { HOME } from "../pages";
import { PageHead } from "./PageHead";

export function NotFound() {
  return (
    <section className="card console">
      <PageHead title="There is no such page" />
      <p>The address may be mistyped, or the page was moved.</p>
      <p>
        <Link href={HOME}>To today’s visits</Link>
      </p>
    </section>
  );
}
