/** Where a tile stands. One's own small picture can be moved from corner to corner, by pointer, button or arrow keys. */

import { Move } from "lucide-react";
import { type PointerEvent, type ReactNode, useRef, useState } from "react";
import { text } from "../languages/text";
import { type Corner, cornerTowards, nearestCorner, nextCorner, type Point } from "./layout/corners";
import type { Box, Size } from "./layout/grid";

/** The corner in which a movable tile stands, in which area, and how it gets to another. */
export interface Moving {
  readonly corner: Corner;
  readonly area: Size;
  readonly moveTo: (corner: Corner) => void;
}

interface Props {
  box: Box;
  /** Null if the tile cannot be moved. */
  moving: Moving | null;
  children: ReactNode;
}

export function TilePlace({ box, moving, children }: Props) {
  const { dragged, handlers } = useDrag((way) => moving?.moveTo(cornerAfter(way, box, moving.area)));
  const { start, top, width, height } = box;
  const place = { insetInlineStart: start, top, width, height };
  if (!moving) return <li style={place}>{children}</li>;
  return (
    <li
      className={dragged ? "self dragged" : "self"}
      data-corner={sideOf(moving.corner)}
      style={dragged ? { ...place, translate: `${dragged.x}px ${dragged.y}px` } : place}
      {...handlers}
    >
      {children}
      <MoveButton {...moving} />
    </li>
  );
}

const isRightToLeft = () => document.documentElement.dir === "rtl";

/** Return the corner as the direction of text names it, for the style sheet. */
function sideOf(corner: Corner): string {
  const [edge, side] = corner.split("-");
  return `${edge}-${(side === "left") === isRightToLeft() ? "end" : "start"}`;
}

function cornerAfter(way: Point, { start, top, width, height }: Box, area: Size): Corner {
  const left = isRightToLeft() ? area.width - start - width : start;
  return nearestCorner({
    x: (left + way.x + width / 2) / area.width,
    y: (top + way.y + height / 2) / area.height,
  });
}

function MoveButton({ corner, moveTo }: Moving) {
  return (
    <button
      type="button"
      className="tile-button move"
      aria-label={text("tile.move.how")}
      title={text("tile.move")}
      onClick={() => moveTo(nextCorner(corner))}
      onKeyDown={(event) => {
        const target = cornerTowards(corner, event.key);
        if (!target) return;
        event.preventDefault();
        moveTo(target);
      }}
    >
      <Move />
    </button>
  );
}

// A click moves the pointer a little, too.
const SLIP = 4;

/** Follow a pointer that drags an element, and call `drop` with the way it went. */
function useDrag(drop: (way: Point) => void) {
  const from = useRef<Point | null>(null);
  const [dragged, setDragged] = useState<Point | null>(null);
  const wayOf = (event: PointerEvent): Point => ({
    x: event.clientX - (from.current?.x ?? 0),
    y: event.clientY - (from.current?.y ?? 0),
  });
  const end = () => {
    from.current = null;
    setDragged(null);
  };
  return {
    dragged,
    handlers: {
      onPointerDown: (event: PointerEvent<HTMLElement>) => {
        const isOnButton = event.target instanceof Element && event.target.closest("button, [role='menu']");
        if (!event.isPrimary || event.button !== 0 || isOnButton) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        from.current = { x: event.clientX, y: event.clientY };
      },
      onPointerMove: (event: PointerEvent) => {
        if (!from.current) return;
        const way = wayOf(event);
        if (dragged || Math.hypot(way.x, way.y) > SLIP) setDragged(way);
      },
      onPointerUp: (event: PointerEvent) => {
        if (dragged) drop(wayOf(event));
        end();
      },
      onPointerCancel: end,
    },
  };
}
