import { MonitorUp } from "lucide-react";
import { text } from "../languages/text";
import type { DeviceState } from "./useDevices";

/** Says, for as long as it is true, that the others see one's screen. */
export function Presenting({ screen }: { screen: DeviceState }) {
  return (
    <div role="status">
      {screen.isOn && (
        <p className="presenting">
          <MonitorUp aria-hidden="true" />
          <span>{text("stage.presenting")}</span>
          <button type="button" className="button small" onClick={() => void screen.set(false)}>
            {text("stage.presenting.stop")}
          </button>
        </p>
      )}
    </div>
  );
}
