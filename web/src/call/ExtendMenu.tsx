import { TimerReset } from "lucide-react";
import { text } from "../languages/text";
import { Menu, MenuItem } from "./Menu";

const STEPS = [5, 10, 15];

interface Props {
  /** Minutes that may still be added in all. */
  minutesLeft: number;
  extend: (minutes: number) => void;
}

/** Adds minutes to the room; nothing if none may be added. */
export function ExtendMenu({ minutesLeft, extend }: Props) {
  const steps = STEPS.filter((step) => step <= minutesLeft);
  if (steps.length === 0) return null;
  return (
    <Menu
      label={text("time.extend")}
      opener={(opener) => (
        <button type="button" className="button small extend" title={text("time.extend")} {...opener}>
          <TimerReset aria-hidden="true" /> <span>{text("time.extend")}</span>
        </button>
      )}
    >
      {steps.map((step) => (
        <MenuItem key={step} onSelect={() => extend(step)}>
          {text("time.extend.by", { count: step })}
        </MenuItem>
      ))}
    </Menu>
  );
}
