import { type FormEvent, type RefObject, useId, useState } from "react";
import { text } from "../languages/text";

interface Props {
  dialog: RefObject<HTMLDialogElement | null>;
  name: string;
  onSend: (digits: string) => void;
}

/** Sends digits to a telephone, such as for the menu of an answering machine. */
export function DigitsDialog({ dialog, name, onSend }: Props) {
  const id = useId();
  const field = useId();
  const [digits, setDigits] = useState("");
  const close = () => {
    setDigits("");
    dialog.current?.close();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSend(digits);
    close();
  };
  return (
    <dialog ref={dialog} className="dialog" aria-labelledby={id}>
      <h2 id={id}>{text("phone.digits.name", { name })}</h2>
      <form onSubmit={submit}>
        <label htmlFor={field}>{text("phone.digits.field")}</label>
        <input
          id={field}
          required
          inputMode="tel"
          autoComplete="off"
          maxLength={32}
          pattern="[0-9*#A-Da-d]+"
          value={digits}
          onChange={(event) => setDigits(event.target.value)}
        />
        <div className="actions">
          <button type="button" className="button" onClick={close}>
            {text("common.cancel")}
          </button>
          <button type="submit" className="button primary">
            {text("phone.digits.send")}
          </button>
        </div>
      </form>
    </dialog>
  );
}
