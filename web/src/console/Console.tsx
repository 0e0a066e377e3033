/** The operator's console: sign in with a token, find a room, inspect it. */

import { type FormEvent, useId, useMemo, useState } from "react";
import { Frame, Heading } from "../shared/Frame";
import { RoomList } from "./RoomList";
import { RoomView } from "./RoomView";
import { RoomsApi } from "./rooms";

export function Console() {
  // The token is kept in memory only, so a reload asks for it again.
  const [token, setToken] = useState("");
  const [roomId, show] = useState<string | null>(null);
  const api = useMemo(() => new RoomsApi(token), [token]);
  if (!token) return <SignIn onToken={setToken} />;
  const signOut = () => {
    show(null);
    setToken("");
  };
  return (
    <Frame wide>
      {roomId === null ? (
        <RoomList api={api} onOpen={show} onSignOut={signOut} />
      ) : (
        <RoomView api={api} id={roomId} onBack={() => show(null)} />
      )}
    </Frame>
  );
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
          <code>--role contributor</code> it may also end calls and remove people from them.
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
