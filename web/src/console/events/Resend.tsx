import { useRef } from "react";
import { useOnce } from "../parts";
import { keepFocus } from "../room/ActionButton";
import type { Action } from "../room/actions";
import { useMayWrite } from "../session";
import { useSay } from "../shell/say";
import { useSend } from "../useSend";
import { problemText } from "../words";

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
  const say = useSay();
  const button = useRef<HTMLButtonElement>(null);
  const { isBusy, once } = useOnce();
  if (!mayWrite) return null;
  const press = () => {
    const section = button.current?.closest("section");
    void once(async () => {
      try {
        say(said(await send<T>(action)));
      } catch (error) {
        say(problemText(error), "problem");
      }
      await onSent?.();
      keepFocus(button, section);
    });
  };
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
