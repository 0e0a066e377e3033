import { useCallback, useState } from "react";
import { Link } from "wouter";
import { CopyButton, Dialog, Field, FormDialog, Problem, useOnce } from "../parts";
import { useMayWrite, useSession } from "../session";
import { PageHead } from "../shell/PageHead";
import { useSay } from "../shell/say";
import { nameOf } from "../signing";
import { useLoaded } from "../useLoaded";
import type { OperatorToken } from "./api";
import { Table } from "./Table";
import { useAdministration } from "./useAdministration";

/** Operators' tokens and the sessions of the console: who has one, and what ends it. */
export function Operators() {
  const api = useAdministration();
  const mayWrite = useMayWrite();
  const [isMaking, make] = useState(false);
  const { value, problem, reload } = useLoaded(useCallback(() => api.tokens(), [api]));
  return (
    <section className="card console">
      <PageHead title="Operators">
        {mayWrite && (
          <button type="button" className="button small primary" onClick={() => make(true)}>
            New token
          </button>
        )}
      </PageHead>
      <p>
        Who may use the API and this console now, besides the holders of an access key. A token is for programs; a
        session is somebody who has signed in here.
      </p>
      <Problem text={problem} />
      {value && value.length > 0 && <TokenTable tokens={value.toReversed()} onChanged={reload} />}
      {value?.length === 0 && <p className="quiet">There is none.</p>}
      {isMaking && <MakeDialog onMade={reload} onClose={() => make(false)} />}
    </section>
  );
}

interface TableProps {
  tokens: readonly OperatorToken[];
  onChanged: () => Promise<void>;
}

const WORDS = { valid: "valid", revoked: "revoked", keyless: "ended with its keys" };

function TokenTable({ tokens, onChanged }: TableProps) {
  const mayWrite = useMayWrite();
  const { who } = useSession();
  const [revoked, revoke] = useState<OperatorToken | null>(null);
  const callerOf = ({ subject, id }: OperatorToken) => subject || `token:${id}`;
  return (
    <>
      <Table label="Tokens and sessions, newest first" heads={["Holder", "Role", "Expires", "State", "Actions"]}>
        {tokens.map((token) => (
          <tr key={token.id}>
            <td className="holder">
              {token.subject ? nameOf({ displayName: "", subject: token.subject }) : "Token or link"}
              {token.id === who.id && " (you)"}{" "}
              <Link href={`/audit?caller=${encodeURIComponent(callerOf(token))}`}>
                <code>{callerOf(token)}</code>
              </Link>
            </td>
            <td>{token.role}</td>
            <td>{new Date(token.expiresOn).toLocaleString()}</td>
            <td>
              <span className={token.state === "valid" ? "chip open" : "chip closed"}>{WORDS[token.state]}</span>
            </td>
            <td>
              {mayWrite && token.state === "valid" && (
                <button
                  type="button"
                  className="button small"
                  aria-label={`Revoke ${token.id}`}
                  onClick={() => revoke(token)}
                >
                  Revoke
                </button>
              )}
            </td>
          </tr>
        ))}
      </Table>
      {revoked && <RevokeDialog token={revoked} onChanged={onChanged} onClose={() => revoke(null)} />}
    </>
  );
}

interface RevokeProps {
  token: OperatorToken;
  onChanged: () => Promise<void>;
  onClose: () => void;
}

function RevokeDialog({ token, onChanged, onClose }: RevokeProps) {
  const api = useAdministration();
  const say = useSay();
  return (
    <FormDialog
      title="Revoke it?"
      submit="Revoke"
      isDangerous
      onSubmit={async () => {
        await api.revokeToken(token.id);
        say("It was revoked.");
        await onChanged();
      }}
      onClose={onClose}
    >
      <p>Whoever holds it is refused within 5 seconds. Somebody with a session has to sign in again.</p>
    </FormDialog>
  );
}

function MakeDialog({ onMade, onClose }: { onMade: () => Promise<void>; onClose: () => void }) {
  const api = useAdministration();
  const [role, setRole] = useState("reader");
  const [minutes, setMinutes] = useState(15);
  const [token, setToken] = useState("");
  const { isBusy, problem, once } = useOnce();
  const make = async () => {
    setToken((await api.makeToken(role, minutes)).token);
    await onMade();
  };
  if (token) {
    return (
      <Dialog title="The new token" onClose={onClose}>
        <p>Copy it now: nobody can read it again.</p>
        <div className="revealed">
          <code>{token}</code>
        </div>
        <div className="actions">
          <CopyButton text={token} label="Copy" name="Copy the token" />
          <button type="button" className="button primary" onClick={onClose}>
            Done
          </button>
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog title="New token" onClose={onClose}>
      <Field label="Role" hint="A reader changes nothing; a contributor may do what an access key may do.">
        {(id, hint) => (
          <select id={id} aria-describedby={hint} value={role} onChange={(event) => setRole(event.target.value)}>
            <option value="reader">Reader</option>
            <option value="contributor">Contributor</option>
          </select>
        )}
      </Field>
      <Field label="Minutes until it expires">
        {(id) => (
          <input
            id={id}
            type="number"
            min={1}
            max={1440}
            value={minutes}
            onChange={(event) => setMinutes(event.target.valueAsNumber)}
          />
        )}
      </Field>
      <Problem text={problem} />
      <div className="actions">
        <button type="button" className="button" onClick={onClose}>
          Cancel
        </button>
        <button type="button" className="button primary" aria-disabled={isBusy} onClick={() => void once(make)}>
          Make the token
        </button>
      </div>
    </Dialog>
  );
}
