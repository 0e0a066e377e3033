/** Who is in the call, in which role, and what a presenter may do about it. */

import { useIsMuted } from "@livekit/components-react";
import { type Participant, Track } from "livekit-client";
import { Grip, Mic, MicOff, Phone, PhoneOff, UserX, X } from "lucide-react";
import { useEffect, useRef } from "react";
import { ConfirmDialog } from "../shared/ConfirmDialog";
import type { Controls } from "./capabilities";
import { DigitsDialog } from "./DigitsDialog";
import { ownerOf, tint } from "./people";
import type { RoomService } from "./service";
import { Telephones } from "./Telephones";
import type { DialOuts } from "./useDialOuts";
import { usePerson, usePresent } from "./usePerson";

type Act = (deed: Promise<void>, done: string) => Promise<void>;

interface Props {
  roomId: string;
  controls: Controls;
  service: RoomService;
  dialOuts: DialOuts;
  act: Act;
  close: () => void;
}

export function People({ roomId, controls, service, dialOuts, act, close }: Props) {
  const people = usePresent();
  const others = people.filter((person) => !person.isLocal);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    const opener = document.activeElement;
    heading.current?.focus();
    return () => {
      if (opener instanceof HTMLElement) opener.focus();
    };
  }, []);

  const muteAll = async () => {
    const speaking = others.filter((person) => person.isMicrophoneEnabled);
    await act(
      Promise.all(speaking.map((person) => service.mute(ownerOf(person.identity)))).then(() => undefined),
      "Everyone else is muted",
    );
  };

  return (
    <aside
      className="people"
      aria-label="People"
      onKeyDown={(event) => {
        if (event.key === "Escape") close();
      }}
    >
      <div className="people-head">
        <h2 ref={heading} tabIndex={-1}>
          People ({people.length})
        </h2>
        <button type="button" className="round small" aria-label="Close the list of people" onClick={close}>
          <X />
        </button>
      </div>
      {controls.muteOthers && others.length > 1 && (
        <button type="button" className="button small" onClick={() => void muteAll()}>
          <MicOff aria-hidden="true" /> Mute everyone else
        </button>
      )}
      <ul className="people-list">
        {people.map((person) => (
          <Person key={person.identity} participant={person} controls={controls} service={service} act={act} />
        ))}
      </ul>
      {controls.dialOut && <Telephones service={service} dialOuts={dialOuts} act={act} />}
      <p className="reference">Room {roomId}</p>
    </aside>
  );
}

interface PersonProps {
  participant: Participant;
  controls: Controls;
  service: RoomService;
  act: Act;
}

function Person({ participant, controls, service, act }: PersonProps) {
  const { name, letters, role, isPhone } = usePerson(participant);
  const isSilent = useIsMuted({ participant, source: Track.Source.Microphone });
  const removing = useRef<HTMLDialogElement>(null);
  const rawId = ownerOf(participant.identity);

  return (
    <li className={isPhone ? "person phone" : "person"}>
      <span className={`avatar small tint-${tint(participant.identity)}`} aria-hidden="true">
        {isPhone ? <Phone /> : letters}
      </span>
      <span className="person-text">
        <span className="person-name">{participant.isLocal ? `${name} (you)` : name}</span>
        <span className="person-role">{isPhone ? "Telephone" : (role ?? "…")}</span>
      </span>
      {isSilent ? (
        <MicOff className="state" role="img" aria-label="Microphone off" />
      ) : (
        <Mic className="state" role="img" aria-label="Microphone on" />
      )}
      {isPhone && controls.muteOthers && (
        <PhoneButtons rawId={rawId} name={name} isSilent={isSilent} {...{ service, act }} />
      )}
      {!participant.isLocal && !isPhone && controls.muteOthers && (
        <button
          type="button"
          className="round small"
          aria-label={`Mute ${name}`}
          title="Mute"
          disabled={isSilent}
          onClick={() => void act(service.mute(rawId), `${name} is muted`)}
        >
          <MicOff />
        </button>
      )}
      {!participant.isLocal && !isPhone && controls.removeOthers && (
        <>
          <button
            type="button"
            className="round small"
            aria-label={`Remove ${name}`}
            title="Remove from the call"
            onClick={() => removing.current?.showModal()}
          >
            <UserX />
          </button>
          <ConfirmDialog
            dialog={removing}
            title={`Remove ${name} from the call?`}
            text="They stay on the room’s list and may come back. To keep them out, the organiser takes them off the list."
            confirm="Remove"
            onConfirm={() => void act(service.remove(rawId), `${name} was removed`)}
          />
        </>
      )}
    </li>
  );
}

interface PhoneProps {
  rawId: string;
  name: string;
  isSilent: boolean;
  service: RoomService;
  act: Act;
}

/** Mutes a telephone, and unmutes it, because it has no button to do so itself; sends it digits; hangs up. */
function PhoneButtons({ rawId, name, isSilent, service, act }: PhoneProps) {
  const digits = useRef<HTMLDialogElement>(null);
  const toggle = () =>
    isSilent
      ? act(service.unmute(rawId), `${name} is not muted any more`)
      : act(service.mute(rawId), `${name} is muted`);
  return (
    <span className="person-buttons">
      <button
        type="button"
        className="round small"
        aria-label={`${isSilent ? "Unmute" : "Mute"} ${name}`}
        title={isSilent ? "Unmute" : "Mute"}
        onClick={() => void toggle()}
      >
        {isSilent ? <Mic /> : <MicOff />}
      </button>
      <button
        type="button"
        className="round small"
        aria-label={`Send digits to ${name}`}
        title="Send digits"
        onClick={() => digits.current?.showModal()}
      >
        <Grip />
      </button>
      <DigitsDialog
        dialog={digits}
        name={name}
        onSend={(sent) => void act(service.sendDigits(rawId, sent), `The digits were sent to ${name}`)}
      />
      <button
        type="button"
        className="round small"
        aria-label={`Hang up ${name}`}
        title="Hang up"
        onClick={() => void act(service.remove(rawId), `${name} was hung up`)}
      >
        <PhoneOff />
      </button>
    </span>
  );
}
