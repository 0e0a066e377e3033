/** The fields of a room's title and options, for a new room and for one that is changed. */

import type { PlanBody } from "../../shared/shapes";
import { Field, TextField } from "../parts";
import type { OptionFields } from "./draft";

export const WAITING_ROOMS: Readonly<Record<PlanBody["waitingRoom"], string>> = {
  off: "Nobody waits",
  attendees: "Attendees and Consumers wait to be admitted",
  everyone: "Everyone waits to be admitted",
};
export const STARTS: Readonly<Record<PlanBody["startsWith"], string>> = {
  anyone: "Anyone may begin",
  presenter: "The call begins with a Presenter",
};
const LONGEST_TITLE = 128;
const LONGEST_ALLOWANCE = 24 * 60;

interface Props {
  fields: OptionFields;
  onChange: (fields: OptionFields) => void;
}

export function TitleField({ title, onChange }: { title: string; onChange: (title: string) => void }) {
  return (
    <TextField
      label="Title"
      hint="Everyone who is invited reads it."
      maxLength={LONGEST_TITLE}
      value={title}
      onChange={onChange}
    />
  );
}

export function OptionsFields({ fields, onChange }: Props) {
  return (
    <>
      <TitleField title={fields.title} onChange={(title) => onChange({ ...fields, title })} />
      <RuleFields fields={fields} onChange={onChange} />
    </>
  );
}

/** Who waits, who begins, by how much the room may be extended, and whether telephones may be called. */
export function RuleFields({ fields, onChange }: Props) {
  return (
    <>
      <Field label="Waiting room">
        {(id) => (
          <Choice
            id={id}
            options={WAITING_ROOMS}
            value={fields.waitingRoom}
            onChange={(waitingRoom) => onChange({ ...fields, waitingRoom })}
          />
        )}
      </Field>
      <Field label="Beginning">
        {(id) => (
          <Choice
            id={id}
            options={STARTS}
            value={fields.startsWith}
            onChange={(startsWith) => onChange({ ...fields, startsWith })}
          />
        )}
      </Field>
      <Field label="Minutes that Presenters may add" hint="In all, from the call. You may always extend a room.">
        {(id, hint) => (
          <input
            id={id}
            aria-describedby={hint}
            type="number"
            min={0}
            max={LONGEST_ALLOWANCE}
            required
            value={fields.extendBy}
            onChange={(event) => onChange({ ...fields, extendBy: event.target.value })}
          />
        )}
      </Field>
      <label className="check">
        <input
          type="checkbox"
          checked={fields.allowsPhones}
          onChange={(event) => onChange({ ...fields, allowsPhones: event.target.checked })}
        />
        Presenters may call telephones into the call
      </label>
    </>
  );
}

interface ChoiceProps<T extends string> {
  id: string;
  options: Readonly<Record<T, string>>;
  value: T;
  onChange: (value: T) => void;
}

function Choice<T extends string>({ id, options, value, onChange }: ChoiceProps<T>) {
  return (
    <select id={id} value={value} onChange={(event) => onChange(event.target.value as T)}>
      {Object.entries<string>(options).map(([one, words]) => (
        <option key={one} value={one}>
          {words}
        </option>
      ))}
    </select>
  );
}
