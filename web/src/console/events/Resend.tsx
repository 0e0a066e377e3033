import { usePress } from "../room/ActionButton";
import type { Action } from "../room/actions";
import { useMayWrite } from "../session";
import { useSend } from "../useSend";

interface Props<T> {
  label: string;
  name?: string;
  action: Action;
  /** Return what is said of the answer. */
  said: (answer: T) => string;
  onSent?: () => Promise<void>;
}

/** A button that has events delivered again; readers do not see it. */
export function Resend<T>({ label, name, action, said, onSent }: Props<T>) {
  const mayWrite = useMayWrite();
  const send = useSend();
  const { button, isBusy, press } = usePress(async () => said(await send<T>(action)), onSent);
  if (!mayWrite) return null;
  return (
    <button
      ref={button}
      type="button"
      className="button small"
      aria-label={name}
      aria-disabled={isBusy}
      onClick={press}
    >
      {label}
    </button>
  );
}
