/** Who is in the call, in which role, and what a presenter may do about it. */

import { useIsMuted } from "@livekit/components-react";
import { type Participant, Track } from "livekit-client";
import { Grip, Mic, MicOff, Phone, PhoneOff, UserX, X } from "lucide-react";
import { useEffect, useRef } from "react";
import { text } from "../languages/text";
import { ConfirmDialog } from "../shared/ConfirmDialog";
import { type Controls, roleName } from "./capabilities";
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
      text("people.muteAll.done"),
    );
  };

  return (
    <aside
      className="people"
      aria-label={text("people.title")}
      onKeyDown={(event) => {
        if (event.key === "Escape") close();
      }}
    >
      <div className="people-head">
        <h2 ref={heading} tabIndex={-1}>
          {text("people.title.count", { count: people.length })}
        </h2>
        <button type="button" className="round small" aria-label={text("people.close")} onClick={close}>
          <X />
        </button>
      </div>
      {controls.muteOthers && others.length > 1 && (
        <button type="button" className="button small" onClick={() => void muteAll()}>
          <MicOff aria-hidden="true" /> {text("people.muteAll")}
        </button>
      )}
      <ul className="people-list">
        {people.map((person) => (
          <Person key={person.identity} participant={person} controls={controls} service={service} act={act} />
        ))}
      </ul>
      {controls.dialOut && <Telephones service={service} dialOuts={dialOuts} act={act} />}
      <p className="reference">{text("common.room", { id: roomId })}</p>
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
        <span className="person-name">{participant.isLocal ? text("people.you", { name }) : name}</span>
        <span className="person-role">{isPhone ? text("phone.phone") : role ? roleName(role) : "…"}</span>
      </span>
      {isSilent ? (
        <MicOff className="state" role="img" aria-label={text("people.micOff")} />
      ) : (
        <Mic className="state" role="img" aria-label={text("people.micOn")} />
      )}
      {isPhone && controls.muteOthers && (
        <PhoneButtons rawId={rawId} name={name} isSilent={isSilent} {...{ service, act }} />
      )}
      {!participant.isLocal && !isPhone && controls.muteOthers && (
        <button
          type="button"
          className="round small"
          aria-label={text("people.mute.name", { name })}
          title={text("people.mute")}
          disabled={isSilent}
          onClick={() => void act(service.mute(rawId), text("people.muted", { name }))}
        >
          <MicOff />
        </button>
      )}
      {!participant.isLocal && !isPhone && controls.removeOthers && (
        <>
          <button
            type="button"
            className="round small"
            aria-label={text("people.remove.name", { name })}
            title={text("people.remove.hint")}
            onClick={() => removing.current?.showModal()}
          >
            <UserX />
          </button>
          <ConfirmDialog
            dialog={removing}
            title={text("people.remove.ask", { name })}
            explanation={text("people.remove.text")}
            confirm={text("people.remove")}
            onConfirm={() => void act(service.remove(rawId), text("people.remove.done", { name }))}
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
      ? act(service.unmute(rawId), text("people.unmute.done", { name }))
      : act(service.mute(rawId), text("people.muted", { name }));
  return (
    <span className="person-buttons">
      <button
        type="button"
        className="round small"
        aria-label={text(isSilent ? "people.unmute.name" : "people.mute.name", { name })}
        title={text(isSilent ? "people.unmute" : "people.mute")}
        onClick={() => void toggle()}
      >
        {isSilent ? <Mic /> : <MicOff />}
      </button>
      <button
        type="button"
        className="round small"
        aria-label={text("phone.digits.name", { name })}
        title={text("phone.digits")}
        onClick={() => digits.current?.showModal()}
      >
        <Grip />
      </button>
      <DigitsDialog
        dialog={digits}
        name={name}
        onSend={(sent) => void act(service.sendDigits(rawId, sent), text("phone.digits.sent", { name }))}
      />
      <button
        type="button"
        className="round small"
        aria-label={text("phone.hangUp.name", { name })}
        title={text("phone.hangUp")}
        onClick={() => void act(service.remove(rawId), text("phone.hangUp.done", { name }))}
      >
        <PhoneOff />
      </button>
    </span>
  );
}
