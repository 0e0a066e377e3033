/** The buttons of microphone, camera and screen. */

import { Mic, MicOff, MonitorUp, Video, VideoOff } from "lucide-react";
import { text } from "../languages/text";
import { BarButton } from "./BarButton";
import { type DeviceState, KEYS } from "./useDevices";

export function MicrophoneButton({ device }: { device: DeviceState }) {
  const { isOn } = device;
  return (
    <BarButton
      label={text(isOn ? "bar.mute" : "bar.unmute")}
      hint={text(isOn ? "preview.turnOff.microphone" : "bar.unmute.hint")}
      letter={KEYS.microphone}
      danger={!isOn}
      disabled={device.pending}
      onClick={device.toggle}
      data-push-to-talk
    >
      {isOn ? <Mic /> : <MicOff />}
    </BarButton>
  );
}

export function CameraButton({ device }: { device: DeviceState }) {
  const { isOn } = device;
  return (
    <BarButton
      label={text(isOn ? "bar.video.stop" : "bar.video.start")}
      hint={text(isOn ? "preview.turnOff.camera" : "preview.turnOn.camera")}
      letter={KEYS.camera}
      danger={!isOn}
      disabled={device.pending}
      onClick={device.toggle}
    >
      {isOn ? <Video /> : <VideoOff />}
    </BarButton>
  );
}

export function ScreenButton({ device }: { device: DeviceState }) {
  return (
    <BarButton
      label={text("bar.share")}
      hint={text(device.isOn ? "bar.share.stop" : "bar.share.start")}
      pressed={device.isOn}
      disabled={device.pending}
      onClick={device.toggle}
    >
      <MonitorUp />
    </BarButton>
  );
}
