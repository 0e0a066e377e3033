import { useMediaDeviceSelect } from "@livekit/components-react";
import type { Room } from "livekit-client";
import { type RefObject, useId, useState } from "react";
import { Text } from "../languages/Text";
import { text } from "../languages/text";
import { BlurField } from "./BlurField";
import type { Controls } from "./capabilities";
import type { Choices } from "./choices";
import { hasDevices } from "./devices";
import { HelpLine, PrivacyLink } from "./Help";

interface Props {
  dialog: RefObject<HTMLDialogElement | null>;
  room: Room;
  controls: Controls;
  choices: Choices;
  choose: (change: Partial<Choices>) => void;
}

/** Changes the devices in the running call. */
export function Settings({ dialog, room, controls, choices, choose }: Props) {
  const id = useId();
  const [problem, setProblem] = useState("");
  const common = { room, choose, onProblem: setProblem };
  return (
    <dialog ref={dialog} className="dialog" aria-labelledby={id}>
      <h2 id={id}>{text("device.devices")}</h2>
      {controls.microphone && <DeviceField kind="audioinput" device="microphone" {...common} />}
      {controls.camera && <DeviceField kind="videoinput" device="camera" {...common} />}
      {hasDevices() && <DeviceField kind="audiooutput" device="speaker" {...common} />}
      {controls.camera && <BlurField choices={choices} choose={choose} />}
      <p role="status">{problem}</p>
      {controls.removeOthers && (
        <label className="check">
          <input
            type="checkbox"
            checked={choices.knocks}
            onChange={(event) => choose({ knocks: event.target.checked })}
          />
          {text("door.sound")}
        </label>
      )}
      <section className="keys">
        <h3>{text("settings.keyboard")}</h3>
        <p>
          <Text
            of="settings.keys"
            values={{ d: <Shortcut letter="D" />, e: <Shortcut letter="E" />, command: <kbd>⌘</kbd> }}
          />
        </p>
        {controls.microphone && <p>{text("settings.keys.talk")}</p>}
      </section>
      <HelpLine />
      <PrivacyLink />
      <div className="actions">
        <button type="button" className="button primary" onClick={() => dialog.current?.close()}>
          {text("settings.done")}
        </button>
      </div>
    </dialog>
  );
}

function Shortcut({ letter }: { letter: string }) {
  return (
    <>
      <kbd>Ctrl</kbd> <kbd>{letter}</kbd>
    </>
  );
}

interface FieldProps {
  kind: MediaDeviceKind;
  device: "microphone" | "camera" | "speaker";
  room: Room;
  choose: (change: Partial<Choices>) => void;
  onProblem: (text: string) => void;
}

function DeviceField({ kind, device, room, choose, onProblem }: FieldProps) {
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
      choose({ [`${device}Id`]: deviceId });
    } catch {
      onProblem(text(`settings.failed.${device}`));
    }
  };
  return (
    <div className="field">
      <label htmlFor={id}>{text(`device.${device}`)}</label>
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
