import type { ReactNode, Ref } from "react";
import { text } from "../languages/text";

interface Props {
  label: string;
  /** What it does, in a sentence. */
  hint: string;
  onClick: () => void;
  children: ReactNode;
  ref?: Ref<HTMLButtonElement>;
  pressed?: boolean;
  disabled?: boolean;
  /** Red: it leaves the call, or says that a device is off. */
  danger?: boolean;
  count?: number;
  /** What needs attention, marked beside the button and read with its name. */
  alert?: string | undefined;
  /** The letter that does the same with Ctrl or Cmd. */
  letter?: string | undefined;
  "aria-haspopup"?: "menu";
  "aria-expanded"?: boolean;
  "data-push-to-talk"?: boolean;
}

/** A round button with a text below, in the bar under the stage. */
export function BarButton({ label, hint, children, pressed, danger, count, alert, letter, ...button }: Props) {
  return (
    <button
      type="button"
      className={danger ? "bar-button danger" : "bar-button"}
      aria-pressed={pressed}
      aria-keyshortcuts={letter && `Control+${letter.toUpperCase()}`}
      title={letter ? text("bar.key", { hint, letter: letter.toUpperCase() }) : hint}
      {...button}
    >
      <span className="bar-icon" aria-hidden="true">
        {children}
        {count !== undefined && <span className="badge">{count}</span>}
        {alert && <span className="badge alert">!</span>}
      </span>
      <span className="bar-text">{label}</span>
      {alert && <span className="visually-hidden">{alert}</span>}
    </button>
  );
}
