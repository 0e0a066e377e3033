import { useLocalParticipantPermissions } from "@livekit/components-react";
import { useMemo } from "react";
import { type Controls, controlsNow, controlsOf } from "./capabilities";
import { canShareScreen, hasDevices } from "./devices";
import type { Admission } from "./service";

/** Return the controls that would work now: allowed by the role, accepted by the engine, supported by the browser. */
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
