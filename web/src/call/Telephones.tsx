/** Calls telephones into the call, and shows what became of them. */

import { PhoneOff } from "lucide-react";
import { useRef } from "react";
import { DialForm } from "../shared/DialForm";
import { type DialOut, describe, identityOf, isBeingCalled } from "../shared/dialOuts";
import type { RoomService } from "./service";
import type { DialOuts } from "./useDialOuts";

const RECENT = 5;

interface Props {
  service: RoomService;
  dialOuts: DialOuts;
  act: (deed: Promise<void>, done: string) => Promise<void>;
}

export function Telephones({ service, dialOuts, act }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  const dial = async (number: string) => {
    await service.dialOut(number);
    await dialOuts.reload();
  };
  const hangUp = (which: DialOut) => {
    // The button that has the focus goes away.
    heading.current?.focus();
    return act(service.remove(identityOf(which)), `${which.phoneNumber} was hung up`);
  };
  return (
    <section className="telephones" aria-label="Telephones">
      <h3 ref={heading} tabIndex={-1}>
        Call a phone
      </h3>
      <DialForm onDial={dial} />
      <ul className="people-list" aria-label="Recent calls to phones" aria-live="polite">
        {dialOuts.list.slice(0, RECENT).map((recent) => (
          <li key={recent.id} className="person">
            <span className="person-text">
              <span className="person-name">{recent.phoneNumber}</span>
              <span className="person-role">{describe(recent)}</span>
            </span>
            {isBeingCalled(recent) && (
              <button
                type="button"
                className="round small"
                aria-label={`Hang up ${recent.phoneNumber}`}
                title="Hang up"
                onClick={() => void hangUp(recent)}
              >
                <PhoneOff />
              </button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
