import { useEffect, useId, useRef } from "react";
import { SIGN_IN } from "./signing";

/** Lies over the page when its session has ended; what was typed stays below it. */
export function EndedDialog({ onSignOut }: { onSignOut: () => void }) {
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} className="dialog" aria-labelledby={id} onCancel={(event) => event.preventDefault()}>
      <h2 id={id}>Your session has ended</h2>
      <p>
        Nobody has used it for a while, or it was ended. What you typed is still here: sign in again, then come back to
        this tab.
      </p>
      <div className="actions">
        <button type="button" className="button" onClick={onSignOut}>
          Leave the page
        </button>
        <a className="button primary" href={SIGN_IN} target="_blank" rel="noopener">
          Sign in in a new tab
        </a>
      </div>
    </dialog>
  );
}
