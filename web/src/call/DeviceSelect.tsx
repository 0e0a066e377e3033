import { useMediaDeviceSelect } from "@livekit/components-react";
import { useId } from "react";

interface Props {
  label: string;
  kind: MediaDeviceKind;
  value: string;
  onChange: (deviceId: string) => void;
  /** Whether the browser granted access; it hides the names of devices until then. */
  granted: boolean;
}

/** A list of the devices of one kind; nothing if the browser offers none. */
export function DeviceSelect({ label, kind, value, onChange, granted }: Props) {
  const id = useId();
  const { devices } = useMediaDeviceSelect({ kind, requestPermissions: granted });
  const named = devices.filter((device) => device.deviceId && device.label);
  if (named.length === 0) return null;
  const selected = named.some((device) => device.deviceId === value) ? value : named[0]?.deviceId;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select id={id} value={selected} onChange={(event) => onChange(event.target.value)}>
        {named.map((device) => (
          <option key={device.deviceId} value={device.deviceId}>
            {device.label}
          </option>
        ))}
      </select>
    </div>
  );
}
