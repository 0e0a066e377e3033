/** The main controls of the call; it shows only those that the role allows. */

import { Users } from "lucide-react";
import type { ReactNode } from "react";
import { text } from "../languages/text";
import { BarButton } from "./BarButton";
import type { Controls } from "./capabilities";
import { CameraButton, MicrophoneButton, ScreenButton } from "./DeviceButtons";
import { LeaveButton } from "./LeaveButton";
import type { Devices } from "./useDevices";
import { usePresent } from "./usePerson";

interface Props {
  controls: Controls;
  devices: Devices;
  inert: boolean;
  peopleShown: boolean;
  togglePeople: () => void;
  more: ReactNode;
  leave: () => void;
  endForAll: () => void;
}

export function ControlBar({ controls, devices, ...props }: Props) {
  const count = usePresent().length;
  return (
    <section className="bar" aria-label={text("bar.controls")} inert={props.inert}>
      {controls.microphone && <MicrophoneButton device={devices.microphone} />}
      {controls.camera && <CameraButton device={devices.camera} />}
      {controls.screen && <ScreenButton device={devices.screen} />}
      <BarButton
        label={text("people.title")}
        hint={text("bar.people.hint", { number: count })}
        pressed={props.peopleShown}
        onClick={props.togglePeople}
        count={count}
      >
        <Users />
      </BarButton>
      {props.more}
      <LeaveButton leave={props.leave} endForAll={controls.endForAll ? props.endForAll : undefined} />
    </section>
  );
}
