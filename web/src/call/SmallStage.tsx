/** The call in a small window over other programs: the picture that matters, and the devices. */

import { createPortal } from "react-dom";
import { text } from "../languages/text";
import type { Controls } from "./capabilities";
import { CameraButton, MicrophoneButton } from "./DeviceButtons";
import { sceneOf } from "./layout/scene";
import { Tile } from "./Tile";
import type { Devices } from "./useDevices";
import { keyOf, shownOf, useFloor, useTiles } from "./useTiles";

interface Props {
  body: HTMLElement;
  controls: Controls;
  devices: Devices;
}

export function SmallStage({ body, controls, devices }: Props) {
  const tracks = useTiles();
  const floor = useFloor();
  const scene = sceneOf(tracks.map(shownOf), "speaker", null, floor);
  const track = scene.kind === "grid" ? tracks[0] : tracks.find((one) => keyOf(one) === scene.large);
  return createPortal(
    <div className="stage small-stage">
      <main className="stage-main">{track && <Tile key={keyOf(track)} track={track} />}</main>
      <section className="bar" aria-label={text("bar.controls")}>
        {controls.microphone && <MicrophoneButton device={devices.microphone} />}
        {controls.camera && <CameraButton device={devices.camera} />}
      </section>
    </div>,
    body,
  );
}
