/** The operator's console: sign in with a token, find a room, inspect it; in development, requests, clock and faults. */

import { type FormEvent, type ReactNode, useId, useMemo, useState } from "react";
import { Frame, Heading } from "../shared/Frame";
import { Bench, useIsDevelopment } from "./Bench";
import { DevelopmentApi } from "./development";
import { Requests } from "./Requests";
import { RoomList } from "./RoomList";
import { RoomView } from "./RoomView";
import { RoomsApi } from "./rooms";

export function Console() {
  // The token is kept in memory only, so a reload asks for it again.
  const [token, setToken] = useState("");
  const [roomId, show] = useState<string | null>(null);
  const [view, setView] = useState<View>("Rooms");
  const api = useMemo(() => new RoomsApi(token), [token]);
  if (!token) return <SignIn onToken={setToken} />;
  const signOut = () => {
    show(null);
    setView("Rooms");
    setToken("");
  };
  return (
    <Frame wide>
      <Views token={token} view={view} onView={setView}>
        {roomId === null ? (
          <RoomList api={api} onOpen={show} onSignOut={signOut} />
        ) : (
          <RoomView api={api} id={roomId} onBack={() => show(null)} />
        )}
      </Views>
    </Frame>
  );
}

const VIEWS = ["Rooms", "Requests", "Clock and faults"] as const;
type View = (typeof VIEWS)[number];

interface ViewsProps {
  token: string;
  view: View;
  onView: (view: View) => void;
  children: ReactNode;
}

/** The views of a development service beside the rooms, which are the only view in production. */
function Views({ token, view, onView, children }: ViewsProps) {
  const api = useMemo(() => new DevelopmentApi(token), [token]);
  const isDevelopment = useIsDevelopment(api);
  if (!isDevelopment) return children;
  return (
    <>
      <nav className="views" aria-label="Views">
        {VIEWS.map((name) => (
          <button
            key={name}
            type="button"
            className="button small"
            aria-current={view === name ? "page" : undefined}
            onClick={() => onView(name)}
          >
            {name}
          </button>
        ))}
      </nav>
      {view === "Rooms" && children}
      {view === "Requests" && <Requests api={api} />}
      {view === "Clock and faults" && <Bench api={api} />}
    </>
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
