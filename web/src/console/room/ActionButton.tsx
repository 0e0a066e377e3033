import { type ReactNode, useRef, useState } from "react";
import { Dialog, Problem, Twin, Twins, useOnce } from "../parts";
import { useMayWrite } from "../session";
import { useSay } from "../shell/say";
import { problemText } from "../words";
import type { Action } from "./actions";
import { useAct, useRoomPage } from "./context";

interface Props {
  action: Action;
  /** What the button shows. */
  label: ReactNode;
  /** What the button does, in words that name the person: for screen readers and in lists of commands. */
  name: string;
  /** What is said afterwards. */
  done: string;
  isPrimary?: boolean;
}

/** A button that does one thing at once; readers do not see it. */
export function ActionButton({ action, label, name, done, isPrimary = false }: Props) {
  const act = useAct();
  const mayWrite = useMayWrite();
  const { showsCommands } = useRoomPage();
  const { button, isBusy, press } = usePress(async () => {
    await act(action);
    return done;
  });
  if (!mayWrite) return null;
  return (
    <>
      <button
        ref={button}
        type="button"
        className={isPrimary ? "button small primary" : "button small"}
        aria-label={name}
        aria-disabled={isBusy}
        onClick={press}
      >
        {label}
      </button>
      {showsCommands && <Twin action={action} name={name} />}
    </>
  );
}

/** What a button needs that does one thing at once; `deed` returns what is said of it, `onTried` follows it in any case. */
export function usePress(deed: () => Promise<string>, onTried?: () => Promise<void>) {
  const say = useSay();
  const button = useRef<HTMLButtonElement>(null);
  const { isBusy, once } = useOnce();
  const press = () => {
    const section = button.current?.closest("section");
    void once(async () => {
      try {
        say(await deed());
      } catch (error) {
        say(problemText(error), "problem");
      }
      await onTried?.();
      keepFocus(button, section);
    });
  };
  return { button, isBusy, press };
}

/** Move the focus to the section's heading if the button has disappeared with its line. */
function keepFocus(button: { current: HTMLButtonElement | null }, section: Element | null | undefined): void {
  setTimeout(() => {
    if (!button.current?.isConnected) section?.querySelector<HTMLElement>("h2")?.focus();
  });
}

interface ConfirmedProps extends Omit<Props, "isPrimary"> {
  title: string;
  /** What happens, in words. */
  children: ReactNode;
  confirm: string;
  onDone?: () => void;
}

/** A button that asks before it does what cannot be taken back. */
export function ConfirmedAction(props: ConfirmedProps) {
  const { action, label, name } = props;
  const mayWrite = useMayWrite();
  const { showsCommands } = useRoomPage();
  const [isAsking, setAsking] = useState(false);
  if (!mayWrite) return null;
  return (
    <>
      <button type="button" className="button small" aria-label={name} onClick={() => setAsking(true)}>
        {label}
      </button>
      {showsCommands && <Twin action={action} name={name} />}
      {isAsking && <Confirmation {...props} onClose={() => setAsking(false)} />}
    </>
  );
}

function Confirmation({
  action,
  title,
  children,
  confirm,
  done,
  onDone,
  onClose,
}: ConfirmedProps & { onClose: () => void }) {
  const act = useAct();
  const say = useSay();
  const { isBusy, problem, once } = useOnce();
  const press = () =>
    void once(async () => {
      await act(action);
      say(done);
      onClose();
      onDone?.();
    });
  return (
    <Dialog title={title} onClose={onClose}>
      {children}
      <Problem text={problem} />
      <div className="actions">
        <button type="button" className="button" onClick={onClose}>
          Cancel
        </button>
        <button type="button" className="button danger" aria-disabled={isBusy} onClick={press}>
          {confirm}
        </button>
      </div>
      <Twins actions={[action]} name={confirm} />
    </Dialog>
  );
}
