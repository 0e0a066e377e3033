import { type RefObject, useId } from "react";
import { text } from "../languages/text";

interface Props {
  dialog: RefObject<HTMLDialogElement | null>;
  title: string;
  explanation: string;
  confirm: string;
  onConfirm: () => void;
}

/** Asks before something that cannot be taken back. */
export function ConfirmDialog({ dialog, title, explanation, confirm, onConfirm }: Props) {
  const id = useId();
  const close = () => dialog.current?.close();
  return (
    <dialog ref={dialog} className="dialog" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      <p>{explanation}</p>
      <div className="actions">
        <button type="button" className="button" onClick={close}>
          {text("common.cancel")}
        </button>
        <button
          type="button"
          className="button danger"
          onClick={() => {
            close();
            onConfirm();
          }}
        >
          {confirm}
        </button>
      </div>
    </dialog>
  );
}
