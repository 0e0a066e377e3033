/** What can be done with one tile. */

import { EllipsisVertical, Expand, Maximize, Minimize, PictureInPicture2, Pin, PinOff, Shrink } from "lucide-react";
import { type RefObject, useContext } from "react";
import { text } from "../languages/text";
import { Menu, MenuItem } from "./Menu";
import { toggleFullScreen, useFullScreen } from "./useFullScreen";
import { TileContext } from "./useTiles";

interface Props {
  tileKey: string;
  label: string;
  frame: RefObject<HTMLElement | null>;
  video: RefObject<HTMLVideoElement | null>;
  hasPicture: boolean;
}

export function TileMenu({ tileKey, label, frame, video, hasPicture }: Props) {
  const { menu, pinned, pin } = useContext(TileContext);
  const isPinned = pinned === tileKey;
  const mayBePinned = menu === "all";
  if (menu === "none" || (!hasPicture && !mayBePinned)) return null;
  return (
    <Menu
      label={label}
      opener={(opener) => (
        <button
          type="button"
          className="tile-button"
          aria-label={text("tile.more", { name: label })}
          title={text("bar.more")}
          {...opener}
        >
          <EllipsisVertical />
        </button>
      )}
    >
      {mayBePinned && (
        <MenuItem icon={isPinned ? <PinOff /> : <Pin />} onSelect={() => pin(tileKey)}>
          {text(isPinned ? "tile.unpin" : "tile.pin")}
        </MenuItem>
      )}
      {hasPicture && <PictureItems tileKey={tileKey} frame={frame} video={video} />}
    </Menu>
  );
}

function PictureItems({ tileKey, frame, video }: Pick<Props, "tileKey" | "frame" | "video">) {
  const { isFilled, fill } = useContext(TileContext);
  const fullScreen = useFullScreen();
  const isFull = fullScreen?.element === frame.current;
  return (
    <>
      <MenuItem icon={isFilled(tileKey) ? <Shrink /> : <Expand />} onSelect={() => fill(tileKey)}>
        {text(isFilled(tileKey) ? "tile.whole" : "tile.fill")}
      </MenuItem>
      {fullScreen && (
        <MenuItem
          icon={isFull ? <Minimize /> : <Maximize />}
          onSelect={() => frame.current && toggleFullScreen(frame.current)}
        >
          {text(isFull ? "screen.full.leave" : "screen.full")}
        </MenuItem>
      )}
      {document.pictureInPictureEnabled && (
        <MenuItem icon={<PictureInPicture2 />} onSelect={() => togglePictureInPicture(video.current)}>
          {text("tile.pictureInPicture")}
        </MenuItem>
      )}
    </>
  );
}

function togglePictureInPicture(video: HTMLVideoElement | null): void {
  const isShown = document.pictureInPictureElement === video;
  // A browser may refuse; then everything stays as it is.
  void (isShown ? document.exitPictureInPicture() : video?.requestPictureInPicture())?.catch(() => undefined);
}
