/** Fields and small forms that several pages have. */

import { type FormEvent, type InputHTMLAttributes, type ReactNode, useId, useState } from "react";
import { Field } from "./parts";

type InputProps = Omit<InputHTMLAttributes<HTMLInputElement>, "id" | "value" | "onChange" | "aria-describedby">;

interface TextProps extends InputProps {
  label: string;
  hint?: string | undefined;
  value: string;
  onChange: (value: string) => void;
}

/** A labelled field for text, a number or a time; its text is not completed by the browser. */
export function TextField({ label, hint, value, onChange, ...input }: TextProps) {
  return (
    <Field label={label} {...(hint ? { hint } : {})}>
      {(id, hintId) => (
        <input
          autoComplete="off"
          {...input}
          id={id}
          aria-describedby={hintId}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}

interface ChoiceProps<T extends string> {
  label: string;
  hint?: string;
  /** The words of each value. */
  options: Readonly<Record<T, string>>;
  value: T;
  onChange: (value: T) => void;
}

/** A labelled choice of one value. */
export function ChoiceField<T extends string>({ label, hint, options, value, onChange }: ChoiceProps<T>) {
  return (
    <Field label={label} {...(hint ? { hint } : {})}>
      {(id, hintId) => (
        <select id={id} aria-describedby={hintId} value={value} onChange={(event) => onChange(event.target.value as T)}>
          {Object.entries<string>(options).map(([one, words]) => (
            <option key={one} value={one}>
              {words}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

interface OneFieldProps {
  label: string;
  submit: string;
  /** The text that the form begins with. */
  text?: string;
  isLabelHidden?: boolean;
  isWide?: boolean;
  onSubmit: (text: string) => void;
  /** Called when somebody empties a field that began with a text. */
  onEmpty?: () => void;
  input?: InputProps;
}

/** A form of one field in one line, such as a search. */
export function OneFieldForm(props: OneFieldProps) {
  const { label, submit, text = "", isLabelHidden = false, isWide = false, onSubmit, onEmpty, input } = props;
  const id = useId();
  const [value, setValue] = useState(text);
  const send = (event: FormEvent) => {
    event.preventDefault();
    onSubmit(value.trim());
  };
  return (
    <form className={isWide ? "finder wide" : "finder"} onSubmit={send}>
      <label htmlFor={id} className={isLabelHidden ? "visually-hidden" : undefined}>
        {label}
      </label>
      <input
        autoComplete="off"
        spellCheck={false}
        {...input}
        id={id}
        value={value}
        onChange={(event) => {
          setValue(event.target.value);
          if (event.target.value === "" && text) onEmpty?.();
        }}
      />
      <button type="submit" className="button small">
        {submit}
      </button>
    </form>
  );
}

interface FilterProps {
  children: ReactNode;
  onFilter: () => void;
  onClear: () => void;
}

/** The filters of a list, which hold once they are sent. */
export function FilterForm({ children, onFilter, onClear }: FilterProps) {
  const id = useId();
  const send = (event: FormEvent) => {
    event.preventDefault();
    onFilter();
  };
  return (
    <form className="filter-form" aria-labelledby={id} onSubmit={send}>
      <h2 id={id} className="visually-hidden">
        Filters
      </h2>
      {children}
      <div className="actions">
        <button type="button" className="button" onClick={onClear}>
          Clear
        </button>
        <button type="submit" className="button primary">
          Filter
        </button>
      </div>
    </form>
  );
}
