import { type RefObject, useId } from "react";
import { text } from "../languages/text";

interface Props {
  dialog: RefObject<HTMLDialogElement | null>;
  name: string;
  onRemove: (keepOut: boolean) => void;
}

/** Asks before somebody is removed from the call, and whether they may come back into it. */
export function RemoveDialog({ dialog, name, onRemove }: Props) {
  const id = useId();
  const close = () => dialog.current?.close();
  const remove = (keepOut: boolean) => {
    close();
    onRemove(keepOut);
  };
  return (
    <dialog ref={dialog} className="dialog" aria-labelledby={id}>
      <h2 id={id}>{text("people.remove.ask", { name })}</h2>
      <p>{text("people.remove.text")}</p>
      <div className="actions column">
        <button type="button" className="button danger" onClick={() => remove(false)}>
          {text("people.remove")}
        </button>
        <button type="button" className="button danger" onClick={() => remove(true)}>
          {text("people.remove.keepOut")}
        </button>
        <button type="button" className="button" onClick={close}>
          {text("common.cancel")}
        </button>
      </div>
    </dialog>
  );
}
