/** The main controls of the call; it shows only those that the role allows. */

import { Users } from "lucide-react";
import type { ReactNode } from "react";
import { text } from "../languages/text";
import type { Say } from "../shared/Toasts";
import { BarButton } from "./BarButton";
import { ChatButton } from "./ChatButton";
import type { Controls } from "./capabilities";
import { CameraButton, MicrophoneButton, ScreenButton } from "./DeviceButtons";
import { HandButton } from "./Hand";
import { LeaveButton } from "./LeaveButton";
import type { Tab } from "./Panel";
import type { Devices } from "./useDevices";
import { usePresent } from "./usePerson";

interface Props {
  controls: Controls;
  devices: Devices;
  inert: boolean;
  /** How many people wait to be admitted. */
  waiting: number;
  tab: Tab | null;
  show: (tab: Tab | null) => void;
  more: ReactNode;
  leave: () => void;
  endForAll: () => void;
  say: Say;
}

export function ControlBar({ controls, devices, ...props }: Props) {
  const count = usePresent().length;
  return (
    <section className="bar" aria-label={text("bar.controls")} inert={props.inert}>
      {controls.microphone && <MicrophoneButton device={devices.microphone} />}
      {controls.camera && <CameraButton device={devices.camera} />}
      {controls.screen && <ScreenButton device={devices.screen} />}
      <BarButton
        label={text("panel.people")}
        hint={text("bar.people.hint", { number: count })}
        alert={props.waiting > 0 ? text("door.badge", { count: props.waiting }) : undefined}
        pressed={props.tab === "people"}
        onClick={() => props.show(props.tab === "people" ? null : "people")}
        count={count}
      >
        <Users />
      </BarButton>
      <ChatButton isOpen={props.tab === "chat"} toggle={() => props.show(props.tab === "chat" ? null : "chat")} />
      {controls.talk && <HandButton say={props.say} />}
      {props.more}
      <LeaveButton leave={props.leave} endForAll={controls.endForAll ? props.endForAll : undefined} />
    </section>
  );
}
