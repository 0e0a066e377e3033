/** The fields of a room's title and options, for a new room and for one that is changed. */

import type { PlanBody } from "../../shared/shapes";
import { ChoiceField, TextField } from "../fields";
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
      <ChoiceField
        label="Waiting room"
        options={WAITING_ROOMS}
        value={fields.waitingRoom}
        onChange={(waitingRoom) => onChange({ ...fields, waitingRoom })}
      />
      <ChoiceField
        label="Beginning"
        options={STARTS}
        value={fields.startsWith}
        onChange={(startsWith) => onChange({ ...fields, startsWith })}
      />
      <TextField
        label="Minutes that Presenters may add"
        hint="In all, from the call. You may always extend a room."
        type="number"
        min={0}
        max={LONGEST_ALLOWANCE}
        required
        value={fields.extendBy}
        onChange={(extendBy) => onChange({ ...fields, extendBy })}
      />
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
