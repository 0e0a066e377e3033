/** The people who wait for the call or are kept out of it, at the top of the list of people. */

import { Check, X } from "lucide-react";
import { type RefObject, useRef, useState } from "react";
import { timeOfDay } from "../languages/formats";
import { text } from "../languages/text";
import { roleName } from "./capabilities";
import { FieldDialog } from "./FieldDialog";
import { initials, nameOf, tint } from "./people";
import type { Waiter } from "./service";
import type { Doorkeeping } from "./useDoorkeeping";

export function WaitingList({ door }: { door: Doorkeeping }) {
  const { waiting, keptOut, count } = door.atDoor;
  const heading = useRef<HTMLHeadingElement>(null);
  // The button that had the focus goes away with the person.
  const admit = (person: Waiter) => {
    heading.current?.focus();
    door.admit(person);
  };
  return (
    <>
      {waiting.length > 0 && (
        <section className="waiting-list" aria-label={text("door.title")}>
          <div className="waiting-head">
            <h2 ref={heading} tabIndex={-1}>
              {text("door.title.count", { count })}
            </h2>
            {waiting.length > 1 && (
              <button type="button" className="button small primary" onClick={door.admitAll}>
                {text("door.admitAll")}
              </button>
            )}
          </div>
          <ul>
            {waiting.map((person) => (
              <Person key={person.rawId} person={person} admit={admit} decline={door.decline} />
            ))}
          </ul>
        </section>
      )}
      {keptOut.length > 0 && (
        <section className="waiting-list" aria-label={text("door.keptOut")}>
          <h2>{text("door.keptOut")}</h2>
          <ul>
            {keptOut.map((person) => (
              <li key={person.rawId} className="person">
                <Who person={person} />
                <button type="button" className="button small" onClick={() => door.admit(person)}>
                  {text("door.letIn")}
                </button>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

interface PersonProps {
  person: Waiter;
  admit: (person: Waiter) => void;
  decline: (person: Waiter, reason: string) => void;
}

function Person({ person, admit, decline }: PersonProps) {
  const declining = useRef<HTMLDialogElement>(null);
  const name = nameOf(person.displayName, person.role, person.rawId);
  return (
    <li className="person">
      <Who person={person} waits />
      <button
        type="button"
        className="round small"
        aria-label={text("door.decline.name", { name })}
        title={text("door.decline")}
        onClick={() => declining.current?.showModal()}
      >
        <X />
      </button>
      <button
        type="button"
        className="round small admit"
        aria-label={text("door.admit.name", { name })}
        title={text("door.admit")}
        onClick={() => admit(person)}
      >
        <Check />
      </button>
      <DeclineDialog dialog={declining} name={name} onDecline={(reason) => decline(person, reason)} />
    </li>
  );
}

function Who({ person, waits = false }: { person: Waiter; waits?: boolean }) {
  const name = nameOf(person.displayName, person.role, person.rawId);
  return (
    <>
      <span className={`avatar small tint-${tint(person.rawId)}`} aria-hidden="true">
        {initials(name)}
      </span>
      <span className="person-text">
        <bdi className="person-name">{name}</bdi>
        <span className="person-role">
          {waits
            ? text("door.since", { role: roleName(person.role), time: timeOfDay(person.since) })
            : roleName(person.role)}
        </span>
      </span>
    </>
  );
}

interface DeclineProps {
  dialog: RefObject<HTMLDialogElement | null>;
  name: string;
  onDecline: (reason: string) => void;
}

const LONGEST_REASON = 200;

function DeclineDialog({ dialog, name, onDecline }: DeclineProps) {
  const [reason, setReason] = useState("");
  return (
    <FieldDialog
      dialog={dialog}
      title={text("door.decline.ask", { name })}
      label={text("door.decline.reason")}
      value={reason}
      setValue={setReason}
      confirm={text("door.decline")}
      tone="danger"
      onConfirm={() => onDecline(reason)}
      input={{ maxLength: LONGEST_REASON, placeholder: text("door.decline.hint") }}
    />
  );
}
