import { usePreviewTracks } from "@livekit/components-react";
import { LocalAudioTrack, LocalVideoTrack } from "livekit-client";
import { useCallback, useState } from "react";
import type { Controls } from "./capabilities";
import type { Choices } from "./choices";
import { type Device, describeFailure, hasDevices } from "./devices";

export interface PreviewMedia {
  readonly audio: LocalAudioTrack | undefined;
  readonly video: LocalVideoTrack | undefined;
  readonly problems: readonly string[];
}

/** Open the chosen microphone and camera unless paused; turn off and report the ones that fail. */
export function usePreview(
  may: Pick<Controls, "microphone" | "camera">,
  choices: Choices,
  choose: (change: Partial<Choices>) => void,
  isPaused: boolean,
): PreviewMedia {
  const [failures, setFailures] = useState<Partial<Record<Device, string>>>({});
  const fail = useCallback(
    (device: "microphone" | "camera", error: Error) => {
      setFailures((others) => ({ ...others, [device]: describeFailure(device, error) }));
      choose({ [device]: false });
    },
    [choose],
  );
  const failAudio = useCallback((error: Error) => fail("microphone", error), [fail]);
  const failVideo = useCallback((error: Error) => fail("camera", error), [fail]);

  const opens = hasDevices() && !isPaused;
  const wantsAudio = opens && may.microphone && choices.microphone;
  const wantsVideo = opens && may.camera && choices.camera;
  const audio = usePreviewTracks({ audio: wantsAudio && { deviceId: choices.microphoneId } }, failAudio);
  const video = usePreviewTracks({ video: wantsVideo && { deviceId: choices.cameraId } }, failVideo);

  return {
    // The hook stops tracks that are no longer wanted, and returns them all the same.
    audio: wantsAudio ? audio?.find((track) => track instanceof LocalAudioTrack) : undefined,
    video: wantsVideo ? video?.find((track) => track instanceof LocalVideoTrack) : undefined,
    problems: (["microphone", "camera"] as const)
      .filter((device) => !choices[device])
      .map((device) => failures[device] ?? "")
      .filter(Boolean),
  };
}
