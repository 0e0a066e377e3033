/** Who uses the console: signing in, the role, the resource, and the service that this operator asks. */

import { createContext, Fragment, type ReactNode, useContext, useMemo } from "react";
import { Frame, Heading } from "../shared/Frame";
import { EndedDialog } from "./EndedDialog";
import { LinkQuestion } from "./LinkQuestion";
import { SignIn } from "./SignIn";
import { Service } from "./service";
import type { SignedIn } from "./signing";
import { type Signing, useSigning } from "./useSigning";

export interface Session {
  readonly service: Service;
  /** The role in the chosen resource. */
  readonly role: "reader" | "contributor";
  readonly who: SignedIn;
  /** The chosen resource. */
  readonly resource: string;
  readonly choose: (resource: string) => void;
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
  const signing = useSigning();
  const { state } = signing;
  if (state.kind === "asking") return null;
  if (state.kind === "away") return <Away onRetry={signing.ask} />;
  if (state.kind === "link") {
    const { who, proof, to } = state;
    return <LinkQuestion who={who} onUse={() => void signing.signIn(proof, to)} onStay={() => signing.enter(who)} />;
  }
  if (state.kind === "out") {
    return <SignIn api={signing.api} {...state} onDevelopment={() => void signing.signIn({})} />;
  }
  return (
    <SignedInPages signing={signing} who={state.who} isEnded={state.isEnded}>
      {children}
    </SignedInPages>
  );
}

interface PagesProps {
  signing: Signing;
  who: SignedIn;
  isEnded: boolean;
  children: ReactNode;
}

function SignedInPages({ signing, who, isEnded, children }: PagesProps) {
  const { resource, choose, signOut, onEnded } = signing;
  const role = who.resources.find(({ id }) => id === resource)?.role === "contributor" ? "contributor" : "reader";
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new session loads everything again
  const service = useMemo(() => new Service({ resource, onEnded }), [resource, onEnded, who.id]);
  const session = useMemo<Session>(
    () => ({ service, role, who, resource, choose, signOut: () => void signOut() }),
    [service, role, who, resource, choose, signOut],
  );
  return (
    <Signed value={session}>
      {/* Nothing of one resource may stay on the page of another. */}
      <Fragment key={resource}>{children}</Fragment>
      {isEnded && <EndedDialog onSignOut={() => void signOut()} />}
    </Signed>
  );
}

function Away({ onRetry }: { onRetry: () => Promise<void> }) {
  return (
    <Frame>
      <section className="card notice">
        <Heading>The service does not answer</Heading>
        <p>Check the connection, then try again.</p>
        <div className="actions">
          <button type="button" className="button primary" onClick={() => void onRetry()}>
            Try again
          </button>
        </div>
      </section>
    </Frame>
  );
}
