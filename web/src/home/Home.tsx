/** The home page: first steps for a developer; for everyone else the product's name and a link to the console. */

import { Check, Copy } from "lucide-react";
import { useState } from "react";
import { Frame } from "../shared/Frame";
import { type Demo, makeDemo, type Service } from "./service";

export function Home({ service }: { service: Service }) {
  const { development } = service;
  return (
    <Frame>
      <div className="card notice home">
        <h1>openrooms</h1>
        {development === null ? (
          <p>This is a service for rooms and calls. To join a call, open the link that you were sent.</p>
        ) : (
          <>
            <p>This service is for development.</p>
            {development.connectionString && <ConnectionString text={development.connectionString} />}
            {development.connectionString && development.calls && (
              <DemoCall connectionString={development.connectionString} />
            )}
            {!development.calls && <p className="quiet">There is no media engine, so calls have no audio and video.</p>}
          </>
        )}
        <ul className="ways">
          <li>
            <a href="/console">Console</a> <span className="quiet">rooms and running calls, for operators</span>
          </li>
          {development && (
            <>
              <li>
                <a href="/docs/README.md">Documentation</a> <span className="quiet">of this version</span>
              </li>
              <li>
                <a href="/openrooms/openapi.json">API</a> <span className="quiet">as an OpenAPI description</span>
              </li>
            </>
          )}
        </ul>
      </div>
    </Frame>
  );
}

function ConnectionString({ text }: { text: string }) {
  const [copied, setCopied] = useState(false);
  const copy = () => navigator.clipboard.writeText(text).then(() => setCopied(true));
  return (
    <section className="connection">
      <h2>Connection string</h2>
      <code>{text}</code>
      <button type="button" className="button small" onClick={copy}>
        {copied ? <Check aria-hidden /> : <Copy aria-hidden />}
        <span aria-live="polite">{copied ? "Copied" : "Copy"}</span>
      </button>
    </section>
  );
}

function DemoCall({ connectionString }: { connectionString: string }) {
  const [demo, setDemo] = useState<Demo[]>([]);
  const [problem, setProblem] = useState("");
  const [isBusy, setBusy] = useState(false);
  const make = async () => {
    setBusy(true);
    setProblem("");
    try {
      setDemo(await makeDemo(connectionString, location.host));
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
    setBusy(false);
  };
  return (
    <section>
      <h2>Try a call</h2>
      <div className="actions">
        <button type="button" className="button primary" disabled={isBusy} onClick={make}>
          New demo call
        </button>
      </div>
      <div role="status">
        {problem && <p className="warning">{problem}</p>}
        {demo.length > 0 && (
          <>
            <p>Open both links; the room is there for a day.</p>
            <ul className="ways">
              {demo.map(({ role, link }) => (
                <li key={role}>
                  <a href={link} target="_blank" rel="noreferrer">
                    Join as {role}
                  </a>
                </li>
              ))}
            </ul>
          </>
        )}
      </div>
    </section>
  );
}
