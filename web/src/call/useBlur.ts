import { useRoomContext } from "@livekit/components-react";
import { type Room, Track } from "livekit-client";
import { useEffect, useRef, useState } from "react";
import { text } from "../languages/text";
import type { Say } from "../shared/Toasts";
import { createBlur } from "./blur";
import type { Choices } from "./choices";

/** Blur one's own background in the call while it is `wanted`; return whether the camera may be turned on yet. */
export function useBlur(wanted: boolean, choose: (change: Partial<Choices>) => void, say: Say): boolean {
  const room = useRoomContext();
  const before = useRef(Promise.resolve());
  const [ready, setReady] = useState<boolean | null>(wanted ? null : false);
  useEffect(() => {
    // One after the other, since a change may take longer than the next click.
    before.current = before.current
      .then(() => prepare(room, wanted))
      .then(
        () => setReady(wanted),
        () => {
          choose({ blur: false, camera: false });
          say(text("device.blur.failed.inCall"), "problem");
        },
      );
  }, [room, wanted, choose, say]);
  return ready === wanted;
}

/** Let every camera track from now on be made with a blur, or without, and change the one that there is. */
async function prepare(room: Room, wanted: boolean): Promise<void> {
  const { processor, ...defaults } = room.options.videoCaptureDefaults ?? {};
  if (wanted === (processor !== undefined)) return;
  const blur = wanted ? await createBlur() : undefined;
  room.options.videoCaptureDefaults = blur ? { ...defaults, processor: blur } : defaults;
  const camera = room.localParticipant.getTrackPublication(Track.Source.Camera);
  if (!camera?.videoTrack) return;
  // A camera that is off has no frames to begin with; turned on, it is published anew.
  if (camera.isMuted) await room.localParticipant.unpublishTrack(camera.videoTrack);
  else if (blur) await camera.videoTrack.setProcessor(blur);
  else await camera.videoTrack.stopProcessor();
}
