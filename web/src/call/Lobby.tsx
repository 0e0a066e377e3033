/** The page before the call: name, camera and microphone, and when the room opens. */

import { usePreviewTracks } from "@livekit/components-react";
import { LocalAudioTrack, LocalVideoTrack } from "livekit-client";
import { Volume2 } from "lucide-react";
import { type FormEvent, useCallback, useEffect, useId, useState } from "react";
import { LanguageField } from "../languages/LanguageField";
import { Text } from "../languages/Text";
import { text } from "../languages/text";
import { face, moment } from "../shared/countdown";
import { Frame, Heading } from "../shared/Frame";
import { useNow } from "../shared/useNow";
import { BlurField } from "./BlurField";
import { type Controls, controlsOf, describeRole, roleName } from "./capabilities";
import type { Choices } from "./choices";
import { DeviceSelect } from "./DeviceSelect";
import { type Device, describeFailure, hasDevices } from "./devices";
import { Preview } from "./Preview";
import { nameOf } from "./people";
import type { Admission, Present, RoomService } from "./service";
import type { Lobby as LobbyPhase } from "./session";
import { playChord } from "./tone";

interface Props {
  lobby: LobbyPhase;
  joining: boolean;
  choices: Choices;
  choose: (change: Partial<Choices>) => void;
  join: () => void;
  service: RoomService;
}

// The role is unknown until the room opens; until then all controls are shown, and joining uses the allowed ones.
const ANY: Pick<Controls, "microphone" | "camera"> = { microphone: true, camera: true };

export function Lobby({ lobby, joining, choices, choose, join, service }: Props) {
  const may = lobby.admission ? controlsOf(lobby.admission.capabilities) : ANY;
  const media = usePreview(may, choices, choose);
  const showsDevices = (may.microphone || may.camera) && hasDevices();

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!joining && lobby.admission) join();
  };

  return (
    <Frame wide={showsDevices} aside={<LanguageField />}>
      <form className={showsDevices ? "card lobby" : "card lobby narrow"} onSubmit={submit}>
        {showsDevices && <Preview {...media} choices={choices} choose={choose} />}
        <div className="lobby-side">
          <Opening lobby={lobby} service={service} />
          <NameField value={choices.displayName} onChange={(displayName) => choose({ displayName })} />
          {!hasDevices() && (
            <p className="warning" role="alert">
              {text("device.insecure")}
            </p>
          )}
          {media.problems.map((problem) => (
            <p key={problem} className="warning" role="alert">
              {problem}
            </p>
          ))}
          {lobby.admission ? (
            <button type="submit" className="button primary large" disabled={joining}>
              {text(joining ? "page.joining" : "lobby.join")}
            </button>
          ) : (
            <p className="waiting" role="status">
              <span className="spinner small" aria-hidden="true" />
              {text(joining ? "page.joining" : "lobby.keepOpen")}
            </p>
          )}
        </div>
        <details className="devices" open={matchMedia("(min-width: 761px)").matches}>
          <summary>{text("device.devices")}</summary>
          <div className="devices-fields">
            {showsDevices && (
              <>
                <DeviceSelect
                  key={`microphone ${media.audio !== undefined}`}
                  label={text("device.microphone")}
                  kind="audioinput"
                  value={choices.microphoneId}
                  onChange={(microphoneId) => choose({ microphoneId })}
                  granted={media.audio !== undefined}
                />
                <DeviceSelect
                  key={`camera ${media.video !== undefined}`}
                  label={text("device.camera")}
                  kind="videoinput"
                  value={choices.cameraId}
                  onChange={(cameraId) => choose({ cameraId })}
                  granted={media.video !== undefined}
                />
                {may.camera && <BlurField choices={choices} choose={choose} preview={media.video} />}
              </>
            )}
            <SpeakerField choices={choices} choose={choose} granted={media.audio !== undefined} />
          </div>
        </details>
      </form>
    </Frame>
  );
}

function Opening({ lobby, service }: { lobby: LobbyPhase; service: RoomService }) {
  const clock = useCallback(() => service.now(), [service]);
  const now = useNow(clock);
  if (!lobby.admission) {
    const opensAt = lobby.opensAt ?? new Date(now);
    return (
      <>
        <Heading key="early">{text("lobby.early")}</Heading>
        <p>
          <Text
            of="lobby.opens"
            values={{
              time: <strong>{moment(opensAt, new Date(now))}</strong>,
              left: <span role="timer">{face(opensAt.getTime() - now)}</span>,
            }}
          />
        </p>
      </>
    );
  }
  const { role, validUntil } = lobby.admission;
  return (
    <>
      <Heading key="open">{text("lobby.ready")}</Heading>
      <p>
        <Text of="lobby.role" values={{ role: <strong>{roleName(role)}</strong>, may: describeRole(role) }} />
      </p>
      <p className="quiet">
        <Text
          of="lobby.openUntil"
          values={{
            time: moment(validUntil, new Date(now)),
            left: <span role="timer">{face(validUntil.getTime() - now)}</span>,
          }}
        />
      </p>
      <WhoIsThere admission={lobby.admission} service={service} />
    </>
  );
}

const LOOK = 10_000;

function WhoIsThere({ admission, service }: { admission: Admission; service: RoomService }) {
  const [present, setPresent] = useState<Present[] | null>(null);
  useEffect(() => {
    let gone = false;
    const look = async () => {
      const found = await service.present().catch(() => null);
      if (!gone) setPresent(found);
    };
    void look();
    const timer = setInterval(look, LOOK);
    return () => {
      gone = true;
      clearInterval(timer);
    };
  }, [service]);
  if (!present) return null;
  const others = present.filter((one) => one.rawId !== admission.identity);
  return (
    <p className="quiet" role="status">
      {gathering(others)}
    </p>
  );
}

/** Return one sentence about who is already in the call. */
export function gathering(others: readonly Present[]): string {
  const [first] = others;
  if (!first) return text("lobby.alone");
  const name = nameOf(first.displayName, first.role, first.rawId);
  if (others.length === 1) return text("lobby.onePresent", { name });
  return text("lobby.severalPresent", { name, count: others.length - 1 });
}

function NameField({ value, onChange }: { value: string; onChange: (name: string) => void }) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{text("lobby.name")}</label>
      <input
        id={id}
        value={value}
        maxLength={256}
        autoComplete="name"
        placeholder={text("lobby.name.hint")}
        onChange={(event) => onChange(event.target.value)}
      />
    </div>
  );
}

interface SpeakerProps {
  choices: Choices;
  choose: (change: Partial<Choices>) => void;
  granted: boolean;
}

function SpeakerField({ choices, choose, granted }: SpeakerProps) {
  const [problem, setProblem] = useState("");
  const test = () => {
    setProblem("");
    playChord(choices.speakerId).catch(() => setProblem(text("device.testSound.failed")));
  };
  return (
    <>
      {hasDevices() && (
        <DeviceSelect
          key={`speaker ${granted}`}
          label={text("device.speaker")}
          kind="audiooutput"
          value={choices.speakerId}
          onChange={(speakerId) => choose({ speakerId })}
          granted={granted}
        />
      )}
      <button type="button" className="button small" onClick={test}>
        <Volume2 aria-hidden="true" /> {text("device.testSound")}
      </button>
      <p role="status">{problem}</p>
    </>
  );
}

/** Open the chosen microphone and camera; turn off and report the ones that fail. */
function usePreview(
  may: Pick<Controls, "microphone" | "camera">,
  choices: Choices,
  choose: (change: Partial<Choices>) => void,
) {
  const [failures, setFailures] = useState<Partial<Record<Device, string>>>({});
  const fail = useCallback(
    (device: "microphone" | "camera", error: Error) => {
      setFailures((others) => ({ ...others, [device]: describeFailure(device, error) }));
      choose({ [device]: false });
    },
    [choose],
  );
  const failAudio = useCallback((error: Error) => fail("microphone", error), [fail]);
  const failVideo = useCallback((error: Error) => fail("camera", error), [fail]);

  const wantsAudio = may.microphone && choices.microphone && hasDevices();
  const wantsVideo = may.camera && choices.camera && hasDevices();
  const audio = usePreviewTracks({ audio: wantsAudio && { deviceId: choices.microphoneId } }, failAudio);
  const video = usePreviewTracks({ video: wantsVideo && { deviceId: choices.cameraId } }, failVideo);

  return {
    audio: audio?.find((track) => track instanceof LocalAudioTrack),
    video: video?.find((track) => track instanceof LocalVideoTrack),
    problems: (["microphone", "camera"] as const)
      .filter((device) => !choices[device])
      .map((device) => failures[device] ?? "")
      .filter(Boolean),
  };
}
