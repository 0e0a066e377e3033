import { Component, type ReactNode } from "react";
import { PageHead } from "./PageHead";

interface State {
  readonly error: Error | null;
}

/** Shows what went wrong in place of a page that cannot be drawn; the navigation goes on working. */
export class PageBoundary extends Component<{ children: ReactNode }, State> {
  override state: State = { error: null };

  static getDerivedStateFromError(error: unknown): State {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override render() {
    const { error } = this.state;
    if (!error) return this.props.children;
    return (
      <section className="card console">
        <PageHead title="This page has failed" />
        <p>
          It is an error of the console. Nothing was changed by it: <code>{error.message}</code>
        </p>
        <div className="actions">
          <button type="button" className="button" onClick={() => location.reload()}>
            Load the page again
          </button>
        </div>
      </section>
    );
  }
}
