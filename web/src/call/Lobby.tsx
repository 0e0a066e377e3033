/** The page before the call: the person's camera and microphone, and beside them how it goes on. */

import { Volume2 } from "lucide-react";
import { type FormEvent, type ReactNode, useState } from "react";
import { text } from "../languages/text";
import { BlurField } from "./BlurField";
import { ConnectionTestView } from "./ConnectionTestView";
import { type Controls, controlsOf } from "./capabilities";
import type { Choices } from "./choices";
import type { Outcome } from "./connectionTest";
import { DeviceSelect } from "./DeviceSelect";
import { hasDevices } from "./devices";
import { LobbySide } from "./LobbySide";
import { Page } from "./Page";
import { Preview } from "./Preview";
import type { RoomService } from "./service";
import type { Lobby as LobbyPhase, Waiting } from "./session";
import { chord, play } from "./tone";
import { useIdle } from "./useIdle";
import { type PreviewMedia, usePreview } from "./usePreview";
import { WaitingSide } from "./WaitingSide";
import type { RoomFacts } from "./waiting";

export interface LobbyProps {
  phase: LobbyPhase | Waiting;
  joining: boolean;
  choices: Choices;
  choose: (change: Partial<Choices>) => void;
  join: () => void;
  leave: () => void;
  service: RoomService;
  facts: RoomFacts | null;
  /** The name that the organiser gave the person, if the page knows it. */
  givenName: string;
}

// The role is unknown until the person may join; until then all controls are shown, and joining uses the allowed ones.
const ANY: Pick<Controls, "microphone" | "camera"> = { microphone: true, camera: true };
// Somebody who has gone away must not be filmed when they come back.
const UNUSED = 120_000;

export function Lobby(props: LobbyProps) {
  const { phase, joining, choices, choose, join } = props;
  const admission = phase.at === "lobby" ? phase.admission : null;
  const may = admission ? controlsOf(admission.capabilities) : ANY;
  const isIdle = useIdle(UNUSED);
  const media = usePreview(may, choices, choose, isIdle);
  const showsDevices = (may.microphone || may.camera) && hasDevices();
  const mayJoin = phase.at === "lobby" && (phase.admission !== null || phase.awaits !== null);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!joining && mayJoin) join();
  };

  return (
    <Page wide={showsDevices}>
      <form className={showsDevices ? "card lobby" : "card lobby narrow"} onSubmit={submit}>
        {showsDevices && <Preview {...media} choices={choices} choose={choose} isIdle={isIdle} />}
        <div className="lobby-side">
          {props.facts?.title && <p className="visit-title">{props.facts.title}</p>}
          {phase.at === "lobby" ? (
            <LobbySide {...props} phase={phase} warnings={<Warnings problems={media.problems} />} />
          ) : (
            <WaitingSide {...props} phase={phase} />
          )}
        </div>
        <Devices media={media} choices={choices} choose={choose} showsInputs={showsDevices} mayFilm={may.camera} />
        <div className="devices">
          <ConnectionTestView
            service={props.service}
            microphone={deviceOutcome(media.audio, choices.microphone && may.microphone)}
            camera={deviceOutcome(media.video, choices.camera && may.camera)}
          />
        </div>
      </form>
    </Page>
  );
}

function deviceOutcome(track: object | undefined, isWanted: boolean): Outcome {
  if (track) return "works";
  return isWanted ? "blocked" : "waiting";
}

function Warnings({ problems }: { problems: readonly string[] }): ReactNode {
  const shown = hasDevices() ? problems : [text("device.insecure"), ...problems];
  return shown.map((problem) => (
    <p key={problem} className="warning" role="alert">
      {problem}
    </p>
  ));
}

interface DevicesProps {
  media: PreviewMedia;
  choices: Choices;
  choose: (change: Partial<Choices>) => void;
  showsInputs: boolean;
  mayFilm: boolean;
}

function Devices({ media, choices, choose, showsInputs, mayFilm }: DevicesProps) {
  return (
    <details className="devices" open={matchMedia("(min-width: 761px)").matches}>
      <summary>{text("device.devices")}</summary>
      <div className="devices-fields">
        {showsInputs && (
          <>
            <DeviceSelect
              key={`microphone ${media.audio !== undefined}`}
              label={text("device.microphone")}
              kind="audioinput"
              value={choices.microphoneId}
              onChange={(microphoneId) => choose({ microphoneId })}
              granted={media.audio !== undefined}
            />
            <div className="device">
              <DeviceSelect
                key={`camera ${media.video !== undefined}`}
                label={text("device.camera")}
                kind="videoinput"
                value={choices.cameraId}
                onChange={(cameraId) => choose({ cameraId })}
                granted={media.video !== undefined}
              />
              {mayFilm && <BlurField choices={choices} choose={choose} preview={media.video} />}
            </div>
          </>
        )}
        <SpeakerField choices={choices} choose={choose} granted={media.audio !== undefined} />
      </div>
    </details>
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
    play(chord(), choices.speakerId).catch(() => setProblem(text("device.testSound.failed")));
  };
  return (
    <div className="device">
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
    </div>
  );
}
