import type { LocalVideoTrack } from "livekit-client";
import { useEffect, useState } from "react";
import { text } from "../languages/text";
import { applyBlur, canBlur } from "./blur";
import type { Choices } from "./choices";

interface Props {
  choices: Choices;
  choose: (change: Partial<Choices>) => void;
  /** The camera as the lobby shows it; blurred, too. */
  preview?: LocalVideoTrack | undefined;
}

/** Offers to blur one's own background; nothing where the browser cannot. */
export function BlurField({ choices, choose, preview }: Props) {
  const [isOffered] = useState(canBlur);
  const [hasFailed, setFailed] = useState(false);
  const { blur } = choices;

  useEffect(() => {
    if (!preview) return;
    let isCurrent = true;
    applyBlur(preview, blur).catch(() => {
      // Joining ends the preview, possibly while the blur is being loaded.
      if (!isCurrent) return;
      setFailed(true);
      choose({ blur: false });
    });
    return () => {
      isCurrent = false;
    };
  }, [preview, blur, choose]);

  if (!isOffered) return null;
  return (
    <>
      <label className="check">
        <input type="checkbox" checked={blur} onChange={(event) => choose({ blur: event.target.checked })} />
        {text("device.blur")}
      </label>
      {hasFailed && (
        <p className="warning" role="alert">
          {text("device.blur.failed")}
        </p>
      )}
    </>
  );
}
