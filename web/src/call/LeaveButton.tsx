import { LogOut, PhoneOff, SquareX } from "lucide-react";
import { useRef } from "react";
import { text } from "../languages/text";
import { ConfirmDialog } from "../shared/ConfirmDialog";
import { BarButton } from "./BarButton";
import { Menu, MenuItem } from "./Menu";

interface Props {
  leave: () => void;
  /** Absent if the role does not allow it. */
  endForAll: (() => void) | undefined;
}

/** Leaves the call; where the role may also end it for everyone, a menu asks which of the two. */
export function LeaveButton({ leave, endForAll }: Props) {
  const ending = useRef<HTMLDialogElement>(null);
  if (!endForAll) {
    return (
      <BarButton label={text("bar.leave")} hint={text("bar.leave.call")} onClick={leave} danger>
        <PhoneOff />
      </BarButton>
    );
  }
  return (
    <>
      <Menu
        label={text("bar.leave")}
        opener={(opener) => (
          <BarButton label={text("bar.leave")} hint={text("bar.leave.choose")} danger {...opener}>
            <PhoneOff />
          </BarButton>
        )}
      >
        <MenuItem icon={<LogOut />} onSelect={leave}>
          {text("bar.leave.call")}
        </MenuItem>
        <MenuItem icon={<SquareX />} danger onSelect={() => ending.current?.showModal()}>
          {text("bar.end")}
        </MenuItem>
      </Menu>
      <ConfirmDialog
        dialog={ending}
        title={text("bar.end.ask")}
        explanation={text("bar.end.text")}
        confirm={text("bar.end.confirm")}
        onConfirm={endForAll}
      />
    </>
  );
}
