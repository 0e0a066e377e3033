import { useCallback, useState } from "react";
import { Link } from "wouter";
import { ChoiceField, TextField } from "../fields";
import { Dialog, FormDialog, OnceDialog, Problem, useOnce } from "../parts";
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

const ROLES = { reader: "Reader", contributor: "Contributor" };

function MakeDialog({ onMade, onClose }: { onMade: () => Promise<void>; onClose: () => void }) {
  const api = useAdministration();
  const [role, setRole] = useState<keyof typeof ROLES>("reader");
  const [minutes, setMinutes] = useState(15);
  const [token, setToken] = useState("");
  const { isBusy, problem, once } = useOnce();
  const make = async () => {
    setToken((await api.makeToken(role, minutes)).token);
    await onMade();
  };
  if (token) {
    return (
      <OnceDialog
        title="The new token"
        explanation="Copy it now: nobody can read it again."
        text={token}
        copyName="Copy the token"
        onClose={onClose}
      />
    );
  }
  return (
    <Dialog title="New token" onClose={onClose}>
      <ChoiceField
        label="Role"
        hint="A reader changes nothing; a contributor may do what an access key may do."
        options={ROLES}
        value={role}
        onChange={setRole}
      />
      <TextField
        label="Minutes until it expires"
        type="number"
        min={1}
        max={1440}
        value={String(minutes)}
        onChange={(text) => setMinutes(Number(text))}
      />
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
