import { type RefObject, useState } from "react";
import { text } from "../languages/text";
import { FieldDialog } from "./FieldDialog";

interface Props {
  dialog: RefObject<HTMLDialogElement | null>;
  name: string;
  onSend: (digits: string) => void;
}

/** Sends digits to a telephone, such as for the menu of an answering machine. */
export function DigitsDialog({ dialog, name, onSend }: Props) {
  const [digits, setDigits] = useState("");
  const clear = () => setDigits("");
  const send = () => {
    onSend(digits);
    clear();
  };
  return (
    <FieldDialog
      dialog={dialog}
      title={text("phone.digits.name", { name })}
      label={text("phone.digits.field")}
      value={digits}
      setValue={setDigits}
      confirm={text("phone.digits.send")}
      tone="primary"
      onConfirm={send}
      onCancel={clear}
      input={{ required: true, inputMode: "tel", autoComplete: "off", maxLength: 32, pattern: "[0-9*#A-Da-d]+" }}
    />
  );
}
