import { type ReactNode, useState } from "react";
import type { AccessKey, KeyName } from "./api";
import { ReplaceDialog, ShowDialog, usedText } from "./Keys";
import { type Begun, begin, progress } from "./rotation";

const KEPT = "openrooms-rotation";

interface Props {
  keys: readonly AccessKey[];
  onChanged: () => Promise<void>;
}

/** Guides through the replacement of both keys, without an interruption for programs. */
export function Rotation({ keys, onChanged }: Props) {
  const [begun, setBegun] = useState(kept);
  const [asked, ask] = useState<{ deed: "show" | "replace"; name: KeyName } | null>(null);
  const keep = (value: Begun | null) => {
    if (value) sessionStorage.setItem(KEPT, JSON.stringify(value));
    else sessionStorage.removeItem(KEPT);
    setBegun(value);
  };
  if (!begun) {
    return (
      <section aria-label="Rotation">
        <h2>Replace both keys, step by step</h2>
        <p>No program is interrupted, as long as each gets its new key in between.</p>
        <div className="actions">
          <button type="button" className="button" onClick={() => keep(begin(keys))}>
            Begin a rotation
          </button>
        </div>
      </section>
    );
  }
  const { hasNewSecondary, isPrimaryInUse, isDone } = progress(begun, keys);
  const asking = keys.find(({ name }) => name === asked?.name);
  const primary = keys.find(({ name }) => name === "primary");
  return (
    <section aria-label="Rotation">
      <h2>Replace both keys, step by step</h2>
      <ol className="steps">
        <Step title="Replace the secondary key" isDone={hasNewSecondary}>
          <p>Programs keep using the primary key meanwhile.</p>
          <button
            type="button"
            className="button"
            disabled={hasNewSecondary}
            onClick={() => ask({ deed: "replace", name: "secondary" })}
          >
            Replace the secondary key
          </button>
        </Step>
        <Step title="Give every program the new secondary key" isDone={isDone || (hasNewSecondary && !isPrimaryInUse)}>
          <p>
            Primary key: {primary ? usedText(primary) : "unknown"}. Uses are kept to the minute. A program that runs
            seldom may not show up here.
          </p>
          <button
            type="button"
            className="button"
            disabled={!hasNewSecondary || isDone}
            onClick={() => ask({ deed: "show", name: "secondary" })}
          >
            Show the secondary key
          </button>
        </Step>
        <Step title="Replace the primary key" isDone={isDone}>
          {primary?.isFromSettings ? (
            <p>The setting --access-key puts it back at every start: change the setting, and restart the service.</p>
          ) : (
            <>
              {hasNewSecondary && !isDone && isPrimaryInUse && (
                <p className="warning">Something has used the primary key lately, and will be refused.</p>
              )}
              <p>
                Operators’ tokens and sessions from before the rotation end with it, also yours: you will sign in again.
              </p>
              <button
                type="button"
                className="button danger"
                disabled={!hasNewSecondary || isDone}
                onClick={() => ask({ deed: "replace", name: "primary" })}
              >
                Replace the primary key
              </button>
            </>
          )}
        </Step>
      </ol>
      <div className="actions">
        <button type="button" className="button" onClick={() => keep(null)}>
          {isDone ? "Done" : "Stop the rotation"}
        </button>
      </div>
      {asked?.deed === "show" && <ShowDialog name={asked.name} onClose={() => ask(null)} />}
      {asked?.deed === "replace" && asking && (
        <ReplaceDialog accessKey={asking} onChanged={onChanged} onClose={() => ask(null)} />
      )}
    </section>
  );
}

function kept(): Begun | null {
  const text = sessionStorage.getItem(KEPT);
  return text ? (JSON.parse(text) as Begun) : null;
}

interface StepProps {
  title: string;
  isDone: boolean;
  children: ReactNode;
}

function Step({ title, isDone, children }: StepProps) {
  return (
    <li>
      <h3>
        {title} {isDone && <span className="chip open">done</span>}
      </h3>
      {children}
    </li>
  );
}
