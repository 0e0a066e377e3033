/** Who is in the call, in which role, and what a presenter may do about it. */

import { useIsMuted } from "@livekit/components-react";
import { type Participant, Track } from "livekit-client";
import { Grip, Hand, Mic, MicOff, Phone, PhoneOff, Star, UserX } from "lucide-react";
import { useRef } from "react";
import { text } from "../languages/text";
import { type Controls, roleName } from "./capabilities";
import { DigitsDialog } from "./DigitsDialog";
import { HandMark } from "./Hand";
import type { Raised } from "./hands";
import { ownerOf, tint } from "./people";
import { QualityLine } from "./Quality";
import { RemoveDialog } from "./RemoveDialog";
import type { RoomService } from "./service";
import { Telephones } from "./Telephones";
import type { DialOuts } from "./useDialOuts";
import type { Act, Doorkeeping } from "./useDoorkeeping";
import { usePerson, usePresent } from "./usePerson";
import { useHandOf, useRaised, useTalk } from "./useTalk";
import { WaitingList } from "./WaitingList";

interface Props {
  roomId: string;
  controls: Controls;
  service: RoomService;
  dialOuts: DialOuts;
  act: Act;
  door: Doorkeeping;
}

export function People({ roomId, controls, service, dialOuts, act, door }: Props) {
  const people = inOrder(usePresent(), useRaised());
  const others = people.filter((person) => !person.isLocal);
  const muteAll = async () => {
    const speaking = others.filter((person) => person.isMicrophoneEnabled);
    await act(
      Promise.all(speaking.map((person) => service.mute(ownerOf(person.identity)))).then(() => undefined),
      text("people.muteAll.done"),
    );
  };

  return (
    <>
      <WaitingList door={door} />
      {controls.muteOthers && others.length > 1 && (
        <button type="button" className="button small" onClick={() => void muteAll()}>
          <MicOff aria-hidden="true" /> {text("people.muteAll")}
        </button>
      )}
      <LowerAll controls={controls} act={act} />
      <ul className="people-list">
        {people.map((person) => (
          <Person key={person.identity} participant={person} controls={controls} service={service} act={act} />
        ))}
      </ul>
      {controls.dialOut && <Telephones service={service} dialOuts={dialOuts} act={act} />}
      <p className="reference">{text("common.room", { id: roomId })}</p>
    </>
  );
}

/** Return the people with raised hands first, in the order of the hands. */
function inOrder(people: readonly Participant[], raised: readonly Raised[]): readonly Participant[] {
  const place = (person: Participant) => {
    const found = raised.findIndex(({ rawId }) => rawId === ownerOf(person.identity));
    return found < 0 ? raised.length : found;
  };
  return [...people].sort((one, other) => place(one) - place(other));
}

function LowerAll({ controls, act }: { controls: Controls; act: Act }) {
  const talk = useTalk();
  if (useRaised().length === 0 || !controls.lowerHands) return null;
  return (
    <button
      type="button"
      className="button small"
      onClick={() => void act(talk.lowerHands(null), text("hand.allLowered"))}
    >
      <Hand aria-hidden="true" /> {text("hand.lowerAll")}
    </button>
  );
}

interface HandProps {
  participant: Participant;
  name: string;
  controls: Controls;
  act: Act;
}

function HandState({ participant, name, controls, act }: HandProps) {
  const talk = useTalk();
  const rawId = ownerOf(participant.identity);
  const place = useHandOf(rawId);
  if (place === null || !controls.lowerHands) return <HandMark identity={rawId} />;
  const label = text("hand.lowerName", { place, name });
  return (
    <button
      type="button"
      className="hand-lower"
      aria-label={label}
      title={label}
      onClick={() => void act(talk.lowerHands([rawId]), text("hand.lowered", { name }))}
    >
      <HandMark identity={rawId} />
    </button>
  );
}

interface PersonProps {
  participant: Participant;
  controls: Controls;
  service: RoomService;
  act: Act;
}

function Person({ participant, controls, service, act }: PersonProps) {
  const { name, letters, role, isPhone, isNameTyped } = usePerson(participant);
  const isSilent = useIsMuted({ participant, source: Track.Source.Microphone });
  const rawId = ownerOf(participant.identity);

  return (
    <li className={isPhone ? "person phone" : "person"}>
      <span className={`avatar small tint-${tint(participant.identity)}`} aria-hidden="true">
        {isPhone ? <Phone /> : letters}
      </span>
      <span className="person-text">
        <span className="person-name">{participant.isLocal ? text("people.you", { name }) : name}</span>
        <span className="person-role">
          {isSilent ? (
            <MicOff className="state" role="img" aria-label={text("people.micOff")} />
          ) : (
            <Mic className="state" role="img" aria-label={text("people.micOn")} />
          )}
          {role === "Presenter" && <Star className="presenter-star" aria-hidden="true" />}
          {isPhone ? text("phone.phone") : role ? roleName(role) : "…"}
        </span>
        {isNameTyped && controls.removeOthers && !participant.isLocal && (
          <span className="person-role">{text("people.name.typed")}</span>
        )}
        <QualityLine participant={participant} />
      </span>
      <HandState participant={participant} name={name} controls={controls} act={act} />
      {isPhone && controls.muteOthers && (
        <PhoneButtons rawId={rawId} name={name} isSilent={isSilent} {...{ service, act }} />
      )}
      {!isPhone && !participant.isLocal && (
        <PersonButtons rawId={rawId} name={name} isSilent={isSilent} {...{ controls, service, act }} />
      )}
    </li>
  );
}

interface PersonButtonsProps extends PhoneProps {
  controls: Controls;
}

/** Mutes and removes another person, as far as this person's role allows it. */
function PersonButtons({ rawId, name, isSilent, controls, service, act }: PersonButtonsProps) {
  const removing = useRef<HTMLDialogElement>(null);
  const remove = (keepOut: boolean) =>
    void act(
      service.remove(rawId, keepOut),
      text(keepOut ? "people.remove.keepOut.done" : "people.remove.done", { name }),
    );
  return (
    <>
      {controls.muteOthers && (
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
      {controls.removeOthers && (
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
          <RemoveDialog dialog={removing} name={name} onRemove={remove} />
        </>
      )}
    </>
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
