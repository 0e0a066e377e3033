/** The dialogs that change a room: its options, and its window. */

import { useState } from "react";
import { Refusal } from "../../shared/http";
import { TextField } from "../fields";
import { FormDialog, Twins } from "../parts";
import { type OptionFields, optionFields, optionsOf } from "../plan/draft";
import { OptionsFields } from "../plan/OptionsFields";
import { useSay } from "../shell/say";
import { lengthText, momentField, readMoment, zoneText } from "../times";
import { type Action, actions } from "./actions";
import { useAct, useRoomPage } from "./context";
import type { Room } from "./state";

/** The title and the options. */
export function EditDialog({ onClose }: { onClose: () => void }) {
  const { room } = useRoomPage();
  const act = useAct();
  const say = useSay();
  // The room goes on changing behind the form, which keeps what it began with.
  const [before] = useState(room);
  const [fields, setFields] = useState<OptionFields>(() => optionFields(before));
  const changes = changesOf(before, fields);
  const submit = async () => {
    for (const change of changes) await act(change);
    say("Saved.");
  };
  return (
    <FormDialog title="Edit the room" submit="Save" onSubmit={submit} onClose={onClose}>
      <OptionsFields fields={fields} onChange={setFields} />
      <Twins actions={changes} name="Edit the room" />
    </FormDialog>
  );
}

function changesOf(before: Room, fields: OptionFields): Action[] {
  const now = optionsOf(fields);
  const was = optionsOf(optionFields(before));
  const changed = Object.entries(now).filter(([name, value]) => was[name as keyof typeof was] !== value);
  return [
    ...(changed.length ? [actions.setOptions(before.id, Object.fromEntries(changed))] : []),
    ...(fields.allowsPhones === before.allowsPhones ? [] : [actions.allowPhones(before.id, fields.allowsPhones)]),
  ];
}

/** The window: moving it, or giving it a new end. */
export function MoveDialog({ onClose }: { onClose: () => void }) {
  const { room } = useRoomPage();
  const act = useAct();
  const say = useSay();
  const [before] = useState(room);
  const [from, setFrom] = useState(momentField(before.validFrom));
  const [until, setUntil] = useState(momentField(before.validUntil));
  const [validFrom, validUntil] = [readMoment(from), readMoment(until)];
  const isOrdered = validFrom !== null && validUntil !== null && validFrom < validUntil;
  const action = isOrdered
    ? actions.move(before.id, { validFrom: validFrom.toISOString(), validUntil: validUntil.toISOString() })
    : null;
  const begin = (text: string) => {
    setFrom(text);
    const moved = readMoment(text);
    const length = before.validUntil.getTime() - before.validFrom.getTime();
    // The length stays until somebody chooses another end.
    if (moved) setUntil(momentField(new Date(moved.getTime() + length)));
  };
  const submit = async () => {
    if (!action) throw new Refusal(400, "The end must be after the begin.");
    await act(action);
    say("The room is moved.");
  };
  return (
    <FormDialog title="Move the room" submit="Move" onSubmit={submit} onClose={onClose}>
      <p>
        Links and calendar entries follow the room. Times are in {zoneText(validFrom ?? before.validFrom)}.
        {room.call.present.length > 0 && " People are in the call: it ends at once if the new window is closed now."}
      </p>
      <TextField label="Begins" type="datetime-local" required value={from} onChange={begin} />
      <TextField
        label="Ends"
        hint={isOrdered ? lengthText(validUntil.getTime() - validFrom.getTime()) : undefined}
        type="datetime-local"
        required
        value={until}
        onChange={setUntil}
      />
      <Twins actions={action ? [action] : []} name="Move the room" />
    </FormDialog>
  );
}
