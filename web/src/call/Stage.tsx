/** The running call. */

import {
  RoomAudioRenderer,
  useAudioPlayback,
  useConnectionState,
  useParticipants,
  useRoomContext,
} from "@livekit/components-react";
import { ConnectionState, Track } from "livekit-client";
import { Volume2 } from "lucide-react";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { text } from "../languages/text";
import { problemOf } from "../shared/problems";
import { Toasts, useToasts } from "../shared/Toasts";
import { Chat } from "./Chat";
import { ConnectionDetails } from "./ConnectionDetails";
import { ControlBar } from "./ControlBar";
import type { CallFacts } from "./callFacts";
import type { Choices } from "./choices";
import { DoorCard } from "./DoorCard";
import { describeFailure } from "./devices";
import { MoreMenu } from "./MoreMenu";
import { Panel, type Tab } from "./Panel";
import { People } from "./People";
import { Presenting } from "./Presenting";
import { Settings } from "./Settings";
import { SmallStage } from "./SmallStage";
import { StageHead } from "./StageHead";
import type { Admission, RoomService } from "./service";
import type { CallSession } from "./session";
import { Tiles } from "./Tiles";
import { useAtDoor, useKnock } from "./useAtDoor";
import { useBlur } from "./useBlur";
import { useCallNews } from "./useCallNews";
import { useControls } from "./useControls";
import { useDevices } from "./useDevices";
import { numbersOf, PhoneNumbers, useDialOuts } from "./useDialOuts";
import { useDoorkeeping } from "./useDoorkeeping";
import { useSmallWindow } from "./useSmallWindow";
import { useTalkNews } from "./useTalkNews";
import { useWakeLock } from "./useWakeLock";

interface Props {
  admission: Admission;
  facts: CallFacts | null;
  service: RoomService;
  session: CallSession;
  choices: Choices;
  choose: (change: Partial<Choices>) => void;
}

// On a phone the panel covers everything else, which must then be unreachable by keyboard as well.
const isPhoneSized = () => matchMedia("(max-width: 760px), (max-height: 480px)").matches;

export function Stage({ admission, facts, service, session, choices, choose }: Props) {
  const room = useRoomContext();
  const { toasts, say } = useToasts();
  const { roomId } = admission;
  const controls = useControls(admission);
  const mayFilm = useBlur(choices.blur, choose, say);
  const devices = useDevices(controls, mayFilm, choose, say);
  const act = useAct(say);
  const smallWindow = useSmallWindow();
  const [tab, show] = useState<Tab | null>(null);
  const [detailsShown, showDetails] = useState(false);
  const covered = tab !== null && isPhoneSized();
  const settings = useRef<HTMLDialogElement>(null);
  const dialOuts = useDialOuts(service, admission, tab === "people" && controls.dialOut);
  const numbers = useMemo(() => numbersOf(dialOuts.list), [dialOuts.list]);

  useDevicesOnEntry(session, controls, mayFilm, say);
  useCallNews(admission, session, say);
  useTalkNews(tab, say);
  useWakeLock();

  const { atDoor, reload } = useAtDoor(service, facts, controls.removeOthers);
  const door = useDoorkeeping(service, atDoor, act, reload);
  useKnock(atDoor, choices.knocks, choices.speakerId);

  return (
    <PhoneNumbers.Provider value={numbers}>
      <div className={tab ? "stage with-panel" : "stage"}>
        <StageHead {...{ admission, facts, service, say }} inert={covered} />
        <Connection />
        <Presenting screen={devices.screen} />
        <main className="stage-main" inert={covered}>
          <Tiles choices={choices} choose={choose} />
          <SoundBlocked />
          {tab !== "people" && <DoorCard door={door} view={() => show("people")} />}
        </main>
        {tab && (
          <Panel tab={tab} show={show}>
            {tab === "chat" ? <Chat /> : <People {...{ roomId, controls, service, dialOuts, act, door }} />}
          </Panel>
        )}
        <ControlBar
          controls={controls}
          devices={devices}
          inert={covered}
          waiting={door.atDoor.count}
          tab={tab}
          show={show}
          more={
            <MoreMenu
              {...{ choices, choose, smallWindow }}
              openSettings={() => settings.current?.showModal()}
              openDetails={() => showDetails(true)}
            />
          }
          leave={() => void session.leave()}
          endForAll={() => void act(service.end(), text("bar.end.done"))}
          say={say}
        />
        {smallWindow?.body && <SmallStage body={smallWindow.body} controls={controls} devices={devices} />}
        {detailsShown && <ConnectionDetails admission={admission} close={() => showDetails(false)} />}
        <Settings dialog={settings} {...{ room, controls, choices, choose }} />
        <RoomAudioRenderer />
        <Toasts toasts={toasts} />
      </div>
    </PhoneNumbers.Provider>
  );
}

/** Return a function that says how a request to the service ended. */
function useAct(say: ReturnType<typeof useToasts>["say"]) {
  return useCallback(
    async (deed: Promise<void>, done: string) => {
      try {
        await deed;
        say(done);
      } catch (error) {
        say(problemOf(error), "problem");
      }
    },
    [say],
  );
}

/** Turn on the devices chosen in the lobby, each once, if the role allows them; the camera when `mayFilm`. */
function useDevicesOnEntry(
  session: CallSession,
  controls: { microphone: boolean; camera: boolean },
  mayFilm: boolean,
  say: ReturnType<typeof useToasts>["say"],
) {
  const { localParticipant } = useRoomContext();
  const entered = useRef({ microphone: false, camera: false });
  useEffect(() => {
    const enter = (device: "microphone" | "camera", turnOn: () => Promise<unknown>) => {
      if (entered.current[device]) return;
      entered.current[device] = true;
      if (!session.choices[device] || !controls[device]) return;
      turnOn().catch((error: Error) => say(describeFailure(device, error), "problem"));
    };
    enter("microphone", () => localParticipant.setMicrophoneEnabled(true));
    if (mayFilm) enter("camera", () => localParticipant.setCameraEnabled(true));
  }, [session, controls, mayFilm, localParticipant, say]);
}

function Connection() {
  const state = useConnectionState();
  const broken = state === ConnectionState.Reconnecting || state === ConnectionState.SignalReconnecting;
  return <div role="status">{broken && <p className="banner">{text("stage.reconnecting")}</p>}</div>;
}

/** Browsers play no sound before the first click; a person who joined automatically has not clicked yet. */
function SoundBlocked() {
  const { canPlayAudio, startAudio } = useAudioPlayback();
  const hears = useParticipants().some((one) => !one.isLocal && one.getTrackPublication(Track.Source.Microphone));
  if (canPlayAudio || !hears) return null;
  return (
    <button type="button" className="button primary sound" onClick={() => void startAudio()}>
      <Volume2 aria-hidden="true" /> {text("stage.sound")}
    </button>
  );
}
