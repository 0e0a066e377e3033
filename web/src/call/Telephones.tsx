/** Calls telephones into the call, and shows what became of them. */

import { PhoneOff } from "lucide-react";
import { useRef } from "react";
import { text } from "../languages/text";
import { DialForm } from "../shared/DialForm";
import { type DialOut, identityOf, isBeingCalled } from "../shared/dialOuts";
import { describe } from "../shared/dialOutWords";
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
    return act(service.remove(identityOf(which)), text("phone.hangUp.done", { name: which.phoneNumber }));
  };
  return (
    <section className="telephones" aria-label={text("phone.titles")}>
      <h2 ref={heading} tabIndex={-1}>
        {text("phone.title")}
      </h2>
      <DialForm onDial={dial} />
      <ul className="people-list" aria-label={text("phone.recent")} aria-live="polite">
        {dialOuts.list.slice(0, RECENT).map((recent) => (
          <li key={recent.id} className="person">
            <span className="person-text">
              <bdi className="person-name">{recent.phoneNumber}</bdi>
              <span className="person-role">{describe(recent)}</span>
            </span>
            {isBeingCalled(recent) && (
              <button
                type="button"
                className="round small"
                aria-label={text("phone.hangUp.name", { name: recent.phoneNumber })}
                title={text("phone.hangUp")}
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
