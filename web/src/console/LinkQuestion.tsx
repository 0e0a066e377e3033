import { Frame, Heading } from "../shared/Frame";
import { nameOf, type SignedIn } from "./signing";

interface Props {
  who: SignedIn;
  onUse: () => void;
  onStay: () => void;
}

/** Asks somebody who is signed in whether a one-time link is to take their session's place. */
export function LinkQuestion({ who, onUse, onStay }: Props) {
  return (
    <Frame>
      <section className="card notice sign-in">
        <Heading>Sign in with this link?</Heading>
        <p>
          You are signed in as {nameOf(who)}. The link ends that session and begins another one, with its own rights.
          Use it only if you asked for it.
        </p>
        <div className="actions">
          <button type="button" className="button" onClick={onUse}>
            Use the link
          </button>
          <button type="button" className="button primary" onClick={onStay}>
            Stay signed in
          </button>
        </div>
      </section>
    </Frame>
  );
}
