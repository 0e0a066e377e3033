/** Who is in the call, who waits for it, and who is kept out of it. */

import { useState } from "react";
import { DialForm } from "../../shared/DialForm";
import { type DialOut, identityOf, isLive, isPhone } from "../../shared/dialOuts";
import { describe } from "../../shared/dialOutWords";
import { TextField } from "../fields";
import { FormDialog, Twin, Twins } from "../parts";
import { stateOf } from "../rooms";
import { useMayWrite } from "../session";
import { useSay } from "../shell/say";
import { shortMoment } from "../times";
import { ActionButton, ConfirmedAction } from "./ActionButton";
import { actions } from "./actions";
import { useAct, useRoomPage } from "./context";
import { nameOf, type Present } from "./state";

const LONGEST_REASON = 200;

export function CallSection() {
  const { room } = useRoomPage();
  const { present } = room.call;
  return (
    <section aria-label="The call">
      <div className="console-head">
        <h2 tabIndex={-1}>{present.length ? `In the call (${present.length})` : "Nobody is in the call"}</h2>
        {present.length > 0 && (
          <ConfirmedAction
            action={actions.end(room.id)}
            label="End the call"
            name="End the call"
            title="End the call for everyone?"
            confirm="End the call"
            done="The call has ended."
          >
            <p>
              Everybody is disconnected at once. The room stays open, so people on its roster can begin again; those who
              were admitted have to wait again.
            </p>
          </ConfirmedAction>
        )}
      </div>
      <ul className="rows">
        {present.map((person) => (
          <PresentRow key={person.rawId} person={person} />
        ))}
      </ul>
      <Telephones />
    </section>
  );
}

function PresentRow({ person }: { person: Present }) {
  const { room, now } = useRoomPage();
  const name = nameOf(person);
  const isTelephone = isPhone(person.rawId);
  return (
    <li>
      <span className="row-text">
        <strong>{person.name || "No name given"}</strong> · {isTelephone ? "Telephone" : person.role} · since{" "}
        {shortMoment(person.since, new Date(now))}
      </span>
      <span className="row-actions">
        <ActionButton
          action={actions.mute(room.id, person.rawId)}
          label="Mute"
          name={`Mute ${name}`}
          done={`Muted ${name}.`}
        />
        <ActionButton
          action={actions.removeFromCall(room.id, person.rawId)}
          label={isTelephone ? "Hang up" : "Remove"}
          name={isTelephone ? `Hang up ${name}` : `Remove ${name} from the call`}
          done={`${name} is out of the call.`}
        />
        {!isTelephone && (
          <ConfirmedAction
            action={actions.keepOut(room.id, person.rawId)}
            label="Keep out"
            name={`Keep out ${name}`}
            title={`Remove ${name} and keep them out?`}
            confirm="Remove and keep out"
            done={`${name} is kept out of this call.`}
          >
            <p>They leave the call and cannot come back to it until somebody admits them, or the call ends.</p>
          </ConfirmedAction>
        )}
      </span>
    </li>
  );
}

export function DoorSection() {
  const { room } = useRoomPage();
  const { waiting, waitingCount, keptOut } = room.call;
  if (waitingCount === 0 && keptOut.length === 0) return null;
  return (
    <section aria-label="At the door">
      <div className="console-head">
        <h2 tabIndex={-1}>{waitingCount ? `Waiting (${waitingCount})` : "Nobody waits"}</h2>
        {waitingCount > 1 && (
          <ActionButton
            action={actions.admitAll(room.id)}
            label="Admit everyone"
            name="Admit everyone who waits"
            done="Everyone is admitted."
          />
        )}
      </div>
      <ul className="rows">
        {waiting.map((person) => (
          <WaitingRow key={person.rawId} person={person} />
        ))}
      </ul>
      {waitingCount > waiting.length && <p className="quiet">These are the first {waiting.length}.</p>}
      {keptOut.length > 0 && <h3>Kept out of this call</h3>}
      <ul className="rows">
        {keptOut.map((person) => (
          <KeptOutRow key={person.rawId} person={person} />
        ))}
      </ul>
    </section>
  );
}

function WaitingRow({ person }: { person: Present }) {
  const { room, now } = useRoomPage();
  const mayWrite = useMayWrite();
  const [isDeclining, setDeclining] = useState(false);
  const name = nameOf(person);
  return (
    <li>
      <span className="row-text">
        <strong>{name}</strong> · {person.role} · waits since {shortMoment(person.since, new Date(now))}
      </span>
      <span className="row-actions">
        <ActionButton
          action={actions.admit(room.id, person.rawId)}
          label="Admit"
          name={`Admit ${name}`}
          done={`${name} may come in.`}
          isPrimary
        />
        {mayWrite && (
          <button
            type="button"
            className="button small"
            aria-label={`Decline ${name}`}
            onClick={() => setDeclining(true)}
          >
            Decline
          </button>
        )}
      </span>
      {isDeclining && <DeclineDialog person={person} onClose={() => setDeclining(false)} />}
    </li>
  );
}

function DeclineDialog({ person, onClose }: { person: Present; onClose: () => void }) {
  const { room } = useRoomPage();
  const act = useAct();
  const say = useSay();
  const [reason, setReason] = useState("");
  const name = nameOf(person);
  const action = actions.decline(room.id, person.rawId, reason.trim());
  const submit = async () => {
    await act(action);
    say(`Declined ${name}.`);
  };
  return (
    <FormDialog title={`Decline ${name}?`} submit="Decline" onSubmit={submit} onClose={onClose}>
      <TextField
        label="Reason"
        hint={`${name} reads it, and may ask again after half a minute.`}
        maxLength={LONGEST_REASON}
        value={reason}
        onChange={setReason}
      />
      <Twins actions={[action]} name={`Decline ${name}`} />
    </FormDialog>
  );
}

function KeptOutRow({ person }: { person: Present }) {
  const { room, now } = useRoomPage();
  const name = nameOf(person);
  return (
    <li>
      <span className="row-text">
        <strong>{name}</strong> · {person.role} · since {shortMoment(person.since, new Date(now))}
      </span>
      <span className="row-actions">
        <ActionButton
          action={actions.admit(room.id, person.rawId)}
          label="Admit again"
          name={`Admit again: ${name}`}
          done={`${name} may come in again.`}
        />
      </span>
    </li>
  );
}

function Telephones() {
  const { room, now, reload, showsCommands } = useRoomPage();
  const act = useAct();
  const mayWrite = useMayWrite();
  return (
    <>
      {room.allowsPhones && stateOf(room, now) === "open" && mayWrite && (
        <>
          <h3>Call a phone</h3>
          <DialForm onDial={(number) => act<void>(actions.dial(room.id, number)).then(reload)} />
          {showsCommands && <Twin action={actions.dial(room.id, "+15550100")} name="Call a phone" />}
        </>
      )}
      <ul className="rows" aria-label="Recent calls to phones" aria-live="polite">
        {room.call.dialOuts.map((dial) => (
          <DialOutRow key={dial.id} dial={dial} />
        ))}
      </ul>
    </>
  );
}

function DialOutRow({ dial }: { dial: DialOut }) {
  const { room, now } = useRoomPage();
  return (
    <li>
      <span className="row-text">
        <strong>{dial.phoneNumber}</strong> · {describe(dial)} · since {shortMoment(dial.since, new Date(now))}
      </span>
      {isLive(dial) && (
        <span className="row-actions">
          <ActionButton
            action={actions.removeFromCall(room.id, identityOf(dial))}
            label="Hang up"
            name={`Hang up ${dial.phoneNumber}`}
            done={`Hung up ${dial.phoneNumber}.`}
          />
        </span>
      )}
    </li>
  );
}
