import { useCallback, useState } from "react";
import { Link } from "wouter";
import { CopyButton, Dialog, FormDialog, Problem, useOnce } from "../parts";
import { useMayWrite } from "../session";
import { PageHead } from "../shell/PageHead";
import { useSay } from "../shell/say";
import { useLoaded } from "../useLoaded";
import type { AccessKey, KeyName, RevealedKey } from "./api";
import { Rotation } from "./Rotation";
import { useAdministration } from "./useAdministration";

const LIVE = 15_000;

/** The two access keys: which is in use, and how to replace them without an interruption. */
export function Keys() {
  const api = useAdministration();
  const mayWrite = useMayWrite();
  const { value, problem, reload } = useLoaded(
    useCallback(() => api.keys(), [api]),
    { every: LIVE },
  );
  return (
    <section className="card console">
      <PageHead title="Access keys" />
      <p>
        A program signs its requests with one of two keys. So you can replace one while programs use the other. A key
        gives every right in this resource: keep it where programs keep secrets.
      </p>
      <Problem text={problem} />
      <ul className="rows" aria-label="Access keys">
        {value?.map((key) => (
          <KeyRow key={key.name} accessKey={key} onChanged={reload} />
        ))}
      </ul>
      {value && mayWrite && <Rotation keys={value} onChanged={reload} />}
    </section>
  );
}

function KeyRow({ accessKey, onChanged }: { accessKey: AccessKey; onChanged: () => Promise<void> }) {
  const mayWrite = useMayWrite();
  const [asked, ask] = useState<"show" | "replace" | null>(null);
  return (
    <li>
      <span className="row-text">
        <strong>{named(accessKey.name)}</strong> · {usedText(accessKey)}
        <span className="quiet">
          <code>key:{accessKey.id}</code> in the{" "}
          <Link href={`/audit?caller=${encodeURIComponent(`key:${accessKey.id}`)}`}>audit trail</Link>
          {accessKey.isFromSettings && " · the setting --access-key puts it back at every start"}
        </span>
      </span>
      {mayWrite && (
        <span className="actions">
          <button
            type="button"
            className="button small"
            aria-label={`Show the ${accessKey.name} key`}
            onClick={() => ask("show")}
          >
            Show
          </button>
          <button
            type="button"
            className="button small danger"
            aria-label={`Replace the ${accessKey.name} key`}
            disabled={accessKey.isFromSettings}
            onClick={() => ask("replace")}
          >
            Replace
          </button>
        </span>
      )}
      {asked === "show" && <ShowDialog name={accessKey.name} onClose={() => ask(null)} />}
      {asked === "replace" && <ReplaceDialog accessKey={accessKey} onChanged={onChanged} onClose={() => ask(null)} />}
    </li>
  );
}

const named = (name: KeyName) => (name === "primary" ? "Primary key" : "Secondary key");

/** Return in words when a key was last used. */
export function usedText({ lastUsedAt }: AccessKey): string {
  return lastUsedAt ? `last used ${new Date(lastUsedAt).toLocaleString()}` : "no use is known";
}

/** Shows a key only after it was asked for here, since the audit trail records who saw it. */
export function ShowDialog({ name, onClose }: { name: KeyName; onClose: () => void }) {
  const api = useAdministration();
  const [shown, setShown] = useState<RevealedKey | null>(null);
  const { isBusy, problem, once } = useOnce();
  return (
    <Dialog title={`Show the ${name} key?`} onClose={onClose}>
      {shown ? (
        <div className="revealed">
          <p>Connection string</p>
          <code>{shown.connectionString}</code>
        </div>
      ) : (
        <p>Everyone who sees this screen will see the key. The audit trail records that you asked for it.</p>
      )}
      <Problem text={problem} />
      <div className="actions">
        <button type="button" className="button" onClick={onClose}>
          Close
        </button>
        {shown ? (
          <CopyButton text={shown.connectionString} label="Copy" name="Copy the connection string" />
        ) : (
          <button
            type="button"
            className="button primary"
            aria-disabled={isBusy}
            onClick={() => void once(async () => setShown(await api.reveal(name)))}
          >
            Show it
          </button>
        )}
      </div>
    </Dialog>
  );
}

interface ReplaceProps {
  accessKey: AccessKey;
  onChanged: () => Promise<void>;
  onClose: () => void;
}

export function ReplaceDialog({ accessKey, onChanged, onClose }: ReplaceProps) {
  const api = useAdministration();
  const say = useSay();
  return (
    <FormDialog
      title={`Replace the ${accessKey.name} key?`}
      submit="Replace it"
      isDangerous
      onSubmit={async () => {
        await api.regenerate(accessKey.name);
        say(`The ${accessKey.name} key was replaced.`);
        await onChanged();
      }}
      onClose={onClose}
    >
      <p>Programs that still use it are refused within 5 seconds: {usedText(accessKey)}. This cannot be undone.</p>
    </FormDialog>
  );
}
