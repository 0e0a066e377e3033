/** The main controls of the call; it shows only those that the role allows. */

import { useTrackToggle } from "@livekit/components-react";
import { type ScreenShareCaptureOptions, Track } from "livekit-client";
import { Mic, MicOff, MonitorUp, PhoneOff, Settings, SquareX, Users, Video, VideoOff } from "lucide-react";
import { type ReactNode, useCallback, useEffect, useRef } from "react";
import { ConfirmDialog } from "../shared/ConfirmDialog";
import type { Controls } from "./capabilities";
import type { Choices } from "./choices";
import { type Device, describeFailure } from "./devices";
import type { Say } from "./Toasts";
import { usePresent } from "./usePerson";

interface Props {
  controls: Controls;
  inert: boolean;
  peopleShown: boolean;
  togglePeople: () => void;
  openSettings: () => void;
  leave: () => void;
  endForAll: () => void;
  choose: (change: Partial<Choices>) => void;
  say: Say;
}

const SCREEN: ScreenShareCaptureOptions = { audio: true, selfBrowserSurface: "exclude", surfaceSwitching: "include" };

export function ControlBar({ controls, choose, say, ...props }: Props) {
  const count = usePresent().length;
  const ending = useRef<HTMLDialogElement>(null);
  return (
    <section className="bar" aria-label="Call controls" inert={props.inert}>
      {controls.microphone && (
        <Toggle source={Track.Source.Microphone} device="microphone" keys="d" choose={choose} say={say} />
      )}
      {controls.camera && <Toggle source={Track.Source.Camera} device="camera" keys="e" choose={choose} say={say} />}
      {controls.screen && <Toggle source={Track.Source.ScreenShare} device="screen" choose={choose} say={say} />}
      <BarButton
        label="People"
        hint={`People in the call: ${count}`}
        pressed={props.peopleShown}
        onClick={props.togglePeople}
        count={count}
      >
        <Users />
      </BarButton>
      <BarButton label="Settings" hint="Devices and keys" onClick={props.openSettings}>
        <Settings />
      </BarButton>
      <BarButton label="Leave" hint="Leave the call" onClick={props.leave} danger>
        <PhoneOff />
      </BarButton>
      {controls.endForAll && (
        <>
          <BarButton label="End for all" hint="End the call for everyone" onClick={() => ending.current?.showModal()}>
            <SquareX />
          </BarButton>
          <ConfirmDialog
            dialog={ending}
            title="End the call for everyone?"
            explanation="Everybody is disconnected at once. The room stays open, so people on its list can begin again."
            confirm="End for all"
            onConfirm={props.endForAll}
          />
        </>
      )}
    </section>
  );
}

interface ButtonProps {
  label: string;
  hint: string;
  onClick: () => void;
  children: ReactNode;
  pressed?: boolean;
  disabled?: boolean;
  danger?: boolean;
  count?: number;
  keys?: string | undefined;
}

function BarButton({ label, hint, onClick, children, pressed, disabled, danger, count, keys }: ButtonProps) {
  return (
    <button
      type="button"
      className={danger ? "bar-button danger" : "bar-button"}
      aria-pressed={pressed}
      aria-keyshortcuts={keys && `Control+${keys.toUpperCase()}`}
      title={keys ? `${hint} (Ctrl+${keys.toUpperCase()})` : hint}
      disabled={disabled}
      onClick={onClick}
    >
      <span className="bar-icon" aria-hidden="true">
        {children}
        {count !== undefined && <span className="badge">{count}</span>}
      </span>
      <span className="bar-text">{label}</span>
    </button>
  );
}

type Source = Track.Source.Microphone | Track.Source.Camera | Track.Source.ScreenShare;

interface ToggleProps {
  source: Source;
  device: Device;
  keys?: string;
  choose: (change: Partial<Choices>) => void;
  say: Say;
}

const LABELS: Record<Device, string> = { microphone: "Mic", camera: "Camera", screen: "Share" };
const HINTS: Record<Device, [off: string, on: string]> = {
  microphone: ["Turn the microphone on", "Turn the microphone off"],
  camera: ["Turn the camera on", "Turn the camera off"],
  screen: ["Share your screen", "Stop sharing your screen"],
};

function Toggle({ source, device, keys, choose, say }: ToggleProps) {
  const wanted = useRef<boolean | null>(null);
  const { enabled, pending, toggle, track } = useTrackToggle({
    source,
    ...(device === "screen" ? { captureOptions: SCREEN } : {}),
    onDeviceError: (error: Error) => say(describeFailure(device, error), "problem"),
  });

  const press = useCallback(async () => {
    if (pending) return;
    wanted.current = !enabled;
    await toggle(!enabled);
    if (device !== "screen") choose({ [device]: !enabled });
  }, [pending, enabled, toggle, device, choose]);

  // A microphone muted without a click was muted by a presenter; a lost connection unpublishes it instead.
  const last = useRef(enabled);
  useEffect(() => {
    const isForeign = last.current && !enabled && wanted.current !== false;
    if (isForeign && device === "microphone" && track?.isMuted) {
      say("A presenter muted you");
      choose({ microphone: false });
    }
    last.current = enabled;
    wanted.current = null;
  }, [enabled, device, track, say, choose]);

  useShortcut(keys, press);

  return (
    <BarButton
      label={LABELS[device]}
      hint={HINTS[device][enabled ? 1 : 0]}
      pressed={enabled}
      disabled={pending}
      onClick={() => void press()}
      keys={keys}
    >
      {ICONS[device](enabled)}
    </BarButton>
  );
}

const ICONS: Record<Device, (on: boolean) => ReactNode> = {
  microphone: (on) => (on ? <Mic /> : <MicOff />),
  camera: (on) => (on ? <Video /> : <VideoOff />),
  screen: () => <MonitorUp />,
};

/** Call `act` on Ctrl or Cmd with this letter, wherever the focus is. */
function useShortcut(letter: string | undefined, act: () => Promise<void>): void {
  useEffect(() => {
    if (!letter) return;
    const pressed = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
      if (event.key.toLowerCase() !== letter || event.repeat) return;
      event.preventDefault();
      void act();
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, [letter, act]);
}
