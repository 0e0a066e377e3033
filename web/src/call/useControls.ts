import { useLocalParticipantPermissions } from "@livekit/components-react";
import { useMemo } from "react";
import { type Controls, controlsNow, controlsOf } from "./capabilities";
import { canShareScreen, hasDevices } from "./devices";
import type { Admission } from "./service";

/** Return the controls that would work now: the role allows them, the engine takes them, the browser has them. */
export function useControls(admission: Admission): Controls {
  const permission = useLocalParticipantPermissions();
  return useMemo(() => {
    const now = controlsNow(controlsOf(admission.capabilities), permission);
    return {
      ...now,
      microphone: now.microphone && hasDevices(),
      camera: now.camera && hasDevices(),
      screen: now.screen && canShareScreen(),
    };
  }, [admission, permission]);
}
