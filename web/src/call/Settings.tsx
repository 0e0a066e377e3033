import { useMediaDeviceSelect } from "@livekit/components-react";
import type { Room } from "livekit-client";
import { type RefObject, useId, useState } from "react";
import type { Controls } from "./capabilities";
import type { Choices } from "./choices";
import { hasDevices } from "./devices";

interface Props {
  dialog: RefObject<HTMLDialogElement | null>;
  room: Room;
  controls: Controls;
  choose: (change: Partial<Choices>) => void;
}

/** Changes the devices in the running call. */
export function Settings({ dialog, room, controls, choose }: Props) {
  const id = useId();
  const [problem, setProblem] = useState("");
  const common = { room, choose, onProblem: setProblem };
  return (
    <dialog ref={dialog} className="dialog" aria-labelledby={id}>
      <h2 id={id}>Devices</h2>
      {controls.microphone && <DeviceField kind="audioinput" label="Microphone" choice="microphoneId" {...common} />}
      {controls.camera && <DeviceField kind="videoinput" label="Camera" choice="cameraId" {...common} />}
      {hasDevices() && <DeviceField kind="audiooutput" label="Speaker" choice="speakerId" {...common} />}
      <p role="status">{problem}</p>
      <h3>Keyboard</h3>
      <p>
        <kbd>Ctrl</kbd> <kbd>D</kbd> microphone, <kbd>Ctrl</kbd> <kbd>E</kbd> camera (on a Mac <kbd>⌘</kbd>).
      </p>
      <div className="actions">
        <button type="button" className="button primary" onClick={() => dialog.current?.close()}>
          Done
        </button>
      </div>
    </dialog>
  );
}

interface FieldProps {
  kind: MediaDeviceKind;
  label: string;
  choice: "microphoneId" | "cameraId" | "speakerId";
  room: Room;
  choose: (change: Partial<Choices>) => void;
  onProblem: (text: string) => void;
}

function DeviceField({ kind, label, choice, room, choose, onProblem }: FieldProps) {
  const id = useId();
  const { devices, activeDeviceId, setActiveMediaDevice } = useMediaDeviceSelect({
    kind,
    room,
    requestPermissions: false,
  });
  const named = devices.filter((device) => device.deviceId && device.label);
  if (named.length === 0) return null;
  const change = async (deviceId: string) => {
    onProblem("");
    try {
      await setActiveMediaDevice(deviceId);
      choose({ [choice]: deviceId });
    } catch {
      onProblem(`That ${label.toLowerCase()} could not be started.`);
    }
  };
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select id={id} value={activeDeviceId} onChange={(event) => void change(event.target.value)}>
        {named.map((device) => (
          <option key={device.deviceId} value={device.deviceId}>
            {device.label}
          </option>
        ))}
      </select>
    </div>
  );
}
