/** Who uses the console: signing in, the role, and the service that this operator asks. */

import { createContext, type FormEvent, type ReactNode, useContext, useId, useMemo, useState } from "react";
import { Frame, Heading } from "../shared/Frame";
import { Service } from "./service";

export interface Session {
  readonly service: Service;
  readonly role: "reader" | "contributor";
  readonly signOut: () => void;
}

const Signed = createContext<Session | null>(null);

export function useSession(): Session {
  const session = useContext(Signed);
  if (!session) throw new Error("There is no session outside of SessionGate.");
  return session;
}

export const useService = (): Service => useSession().service;

/** Return whether the operator may change anything; readers see no button that would be refused. */
export const useMayWrite = (): boolean => useSession().role === "contributor";

/** Shows its children to those who have signed in, and the sign-in to all others. */
export function SessionGate({ children }: { children: ReactNode }) {
  // The token is kept in memory only, so a reload asks for it again.
  const [token, setToken] = useState("");
  const session = useMemo<Session>(
    () => ({ service: new Service(token), role: "contributor", signOut: () => setToken("") }),
    [token],
  );
  if (!token) return <SignIn onToken={setToken} />;
  return <Signed value={session}>{children}</Signed>;
}

function SignIn({ onToken }: { onToken: (token: string) => void }) {
  const id = useId();
  const [value, setValue] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onToken(value.trim());
  };
  return (
    <Frame>
      <form className="card notice" onSubmit={submit}>
        <Heading>Rooms of this service</Heading>
        <p>
          Sign in with an operator’s token. <code>openrooms operator-token</code> prints one; with{" "}
          <code>--role contributor</code> it may also change rooms and calls.
        </p>
        <div className="field">
          <label htmlFor={id}>Operator’s token</label>
          <input
            id={id}
            type="password"
            autoComplete="off"
            required
            value={value}
            onChange={(event) => setValue(event.target.value)}
          />
        </div>
        <div className="actions">
          <button type="submit" className="button primary">
            Sign in
          </button>
        </div>
      </form>
    </Frame>
  );
}
