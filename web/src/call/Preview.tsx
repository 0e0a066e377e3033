import type { LocalAudioTrack, LocalVideoTrack } from "livekit-client";
import { Mic, MicOff, Video, VideoOff } from "lucide-react";
import { useEffect, useRef } from "react";
import { text } from "../languages/text";
import type { Choices } from "./choices";
import { Meter } from "./Meter";

interface Props {
  audio: LocalAudioTrack | undefined;
  video: LocalVideoTrack | undefined;
  choices: Choices;
  choose: (change: Partial<Choices>) => void;
  /** Whether the devices are off because the person has not touched the page for a while. */
  isIdle: boolean;
}

/** A preview of what others will see and hear. */
export function Preview({ audio, video, choices, choose, isIdle }: Props) {
  return (
    <div className="preview">
      {choices.camera && video ? (
        <PreviewVideo track={video} />
      ) : (
        <p className="preview-off">
          {text(!choices.camera ? "preview.cameraOff" : isIdle ? "lobby.idle" : "preview.starting")}
        </p>
      )}
      <div className="preview-controls">
        <button
          type="button"
          className="round"
          aria-pressed={choices.microphone}
          aria-label={text("device.microphone")}
          title={text(choices.microphone ? "preview.turnOff.microphone" : "preview.turnOn.microphone")}
          onClick={() => choose({ microphone: !choices.microphone })}
        >
          {choices.microphone ? <Mic /> : <MicOff />}
        </button>
        <button
          type="button"
          className="round"
          aria-pressed={choices.camera}
          aria-label={text("device.camera")}
          title={text(choices.camera ? "preview.turnOff.camera" : "preview.turnOn.camera")}
          onClick={() => choose({ camera: !choices.camera })}
        >
          {choices.camera ? <Video /> : <VideoOff />}
        </button>
      </div>
      <Meter track={choices.microphone ? audio : undefined} />
    </div>
  );
}

function PreviewVideo({ track }: { track: LocalVideoTrack }) {
  const element = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const video = element.current;
    if (!video) return;
    track.attach(video);
    return () => {
      track.detach(video);
    };
  }, [track]);
  return <video ref={element} className="mirrored" muted playsInline aria-label={text("preview.video")} />;
}
