import { type FormEvent, type InputHTMLAttributes, type RefObject, useId } from "react";
import { text } from "../languages/text";

interface Props {
  dialog: RefObject<HTMLDialogElement | null>;
  title: string;
  label: string;
  value: string;
  setValue: (value: string) => void;
  confirm: string;
  tone: "primary" | "danger";
  onConfirm: () => void;
  onCancel?: () => void;
  input: InputHTMLAttributes<HTMLInputElement>;
}

/** Asks for one value before something is done with it. */
export function FieldDialog(props: Props) {
  const { dialog, title, label, value, setValue, confirm, tone, onConfirm, onCancel, input } = props;
  const id = useId();
  const field = useId();
  const close = () => dialog.current?.close();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    close();
    onConfirm();
  };
  const cancel = () => {
    close();
    onCancel?.();
  };
  return (
    <dialog ref={dialog} className="dialog" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      <form onSubmit={submit}>
        <label htmlFor={field}>{label}</label>
        <input {...input} id={field} value={value} onChange={(event) => setValue(event.target.value)} />
        <div className="actions">
          <button type="button" className="button" onClick={cancel}>
            {text("common.cancel")}
          </button>
          <button type="submit" className={`button ${tone}`}>
            {confirm}
          </button>
        </div>
      </form>
    </dialog>
  );
}
