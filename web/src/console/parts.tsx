/** Small parts that several pages share: copying, dialogs, and an action as text for a terminal. */

import { Check, Copy } from "lucide-react";
import { type FormEvent, type ReactNode, useId, useLayoutEffect, useRef, useState } from "react";
import type { Action } from "./room/actions";
import { useSay } from "./shell/say";
import { asCommand, asCurl } from "./terminal";
import { problemText } from "./words";

interface CopyProps {
  text: string;
  label: string;
  /** What a screen reader says, if the label is not enough. */
  name?: string;
}

export function CopyButton({ text, label, name }: CopyProps) {
  const [isCopied, setCopied] = useState(false);
  const say = useSay();
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
      setTimeout(() => setCopied(false), 2_000);
      say("Copied.");
    } catch {
      say("This browser does not let pages copy here. Select the text and copy it.", "problem");
    }
  };
  return (
    <button type="button" className="button small" aria-label={name} onClick={() => void copy()}>
      {isCopied ? <Check aria-hidden /> : <Copy aria-hidden />} {label}
    </button>
  );
}

/** An action as a command and as a request. */
export function Twin({ action, name }: { action: Action; name: string }) {
  const command = asCommand(action);
  const curl = asCurl(action, location.origin);
  return (
    <div className="twin">
      <code>{command ?? `${action.asked.method} ${action.asked.path}`}</code>
      {command && <CopyButton text={command} label="Copy command" name={`Copy command: ${name}`} />}
      <CopyButton text={curl} label="Copy as curl" name={`Copy as curl: ${name}`} />
    </div>
  );
}

/** Several actions in a part that opens; none of them needs to be shown to be done. */
export function Twins({ actions, name }: { actions: readonly Action[]; name: string }) {
  if (actions.length === 0) return null;
  return (
    <details className="twins">
      <summary>The same in a terminal</summary>
      {actions.map((action) => (
        <Twin key={action.asked.method + action.asked.path} action={action} name={name} />
      ))}
      <p className="quiet">
        <code>$OPENROOMS_TOKEN</code> stands for an operator’s token, which <code>openrooms operator-token</code>{" "}
        prints.
      </p>
    </details>
  );
}

interface DialogProps {
  title: string;
  onClose: () => void;
  children: ReactNode;
}

/** A modal dialog for as long as it is rendered; the focus returns to where it was. */
export function Dialog({ title, onClose, children }: DialogProps) {
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  // Before the element is removed, or the browser would forget where the focus was.
  useLayoutEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    return () => shown?.close();
  }, []);
  return (
    <dialog ref={dialog} className="dialog wide" aria-labelledby={id} onClose={onClose}>
      <h2 id={id}>{title}</h2>
      {children}
    </dialog>
  );
}

interface OnceProps {
  title: string;
  explanation: string;
  text: string;
  /** What a screen reader says of copying. */
  copyName: string;
  onClose: () => void;
  children?: ReactNode;
}

/** Shows a secret that nobody can read again. */
export function OnceDialog({ title, explanation, text, copyName, onClose, children }: OnceProps) {
  return (
    <Dialog title={title} onClose={onClose}>
      <p>{explanation}</p>
      <div className="revealed">
        <code>{text}</code>
      </div>
      {children}
      <div className="actions">
        <CopyButton text={text} label="Copy" name={copyName} />
        <button type="button" className="button primary" onClick={onClose}>
          Done
        </button>
      </div>
    </Dialog>
  );
}

interface FormProps extends DialogProps {
  submit: string;
  isDangerous?: boolean;
  /** Does what the form is for; what it throws is shown, and what was typed stays. */
  onSubmit: () => Promise<void>;
}

/** A dialog with a form, which closes once what it is for is done. */
export function FormDialog({ title, submit, isDangerous = false, onSubmit, onClose, children }: FormProps) {
  const { isBusy, problem, once } = useOnce();
  const send = (event: FormEvent) => {
    event.preventDefault();
    void once(async () => {
      await onSubmit();
      onClose();
    });
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form onSubmit={send}>
        {children}
        <Problem text={problem} />
        <div className="actions">
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className={isDangerous ? "button danger" : "button primary"} aria-disabled={isBusy}>
            {submit}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** What went wrong, read aloud when it appears. */
export function Problem({ text }: { text: string }) {
  return <div role="alert">{text && <p className="warning">{text}</p>}</div>;
}

/** Return a function that does one thing at a time: a double click does nothing twice. */
export function useOnce() {
  const runs = useRef(false);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const once = async (deed: () => Promise<void>): Promise<void> => {
    if (runs.current) return;
    runs.current = true;
    setBusy(true);
    setProblem("");
    try {
      await deed();
    } catch (error) {
      setProblem(problemText(error));
    } finally {
      runs.current = false;
      setBusy(false);
    }
  };
  return { isBusy, problem, setProblem, once };
}

interface FieldProps {
  label: string;
  hint?: string;
  children: (id: string, hintId: string | undefined) => ReactNode;
}

/** A labelled field, with a hint below it. */
export function Field({ label, hint, children }: FieldProps) {
  const id = useId();
  const hintId = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children(id, hint ? hintId : undefined)}
      {hint && (
        <p id={hintId} className="hint">
          {hint}
        </p>
      )}
    </div>
  );
}
