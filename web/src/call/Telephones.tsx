/** Calls telephones into the call, and shows what became of them. */

import { PhoneOff } from "lucide-react";
import { DialForm } from "../shared/DialForm";
import { type DialOut, describe, identityOf, isLive } from "../shared/dialOuts";
import type { RoomService } from "./service";
import type { DialOuts } from "./useDialOuts";

const RECENT = 5;

interface Props {
  service: RoomService;
  dialOuts: DialOuts;
  act: (deed: Promise<void>, done: string) => Promise<void>;
}

export function Telephones({ service, dialOuts, act }: Props) {
  const dial = async (number: string) => {
    await service.dialOut(number);
    await dialOuts.reload();
  };
  const hangUp = (which: DialOut) => act(service.remove(identityOf(which)), `${which.phoneNumber} was hung up`);
  return (
    <section className="telephones" aria-label="Telephones">
      <h3>Call a phone</h3>
      <DialForm onDial={dial} />
      <ul className="people-list" aria-label="Recent calls to phones">
        {dialOuts.list.slice(0, RECENT).map((recent) => (
          <li key={recent.id} className="person">
            <span className="person-text">
              <span className="person-name">{recent.phoneNumber}</span>
              <span className="person-role">{describe(recent)}</span>
            </span>
            {isLive(recent) && (
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
