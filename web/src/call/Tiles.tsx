/** The tiles of all people: a grid, two people, or one large tile with the others beside it. */

import { useParticipants } from "@livekit/components-react";
import { ChevronLeft, ChevronRight } from "lucide-react";
import { useCallback, useLayoutEffect, useRef, useState } from "react";
import { text } from "../languages/text";
import type { Choices } from "./choices";
import type { Corner } from "./layout/corners";
import { type Box, capacityOf, middleRatio, type Size, USUAL_RATIO } from "./layout/grid";
import { bringForward, keepOrder, type Ordered } from "./layout/order";
import { focusOf, otherOf, placesIn, selfOf } from "./layout/places";
import { type Scene, sceneOf } from "./layout/scene";
import { Tile } from "./Tile";
import { TilePlace } from "./TilePlace";
import { useSize } from "./useSize";
import {
  isScreen,
  keyOf,
  shownOf,
  type TileChoices,
  TileContext,
  type TileTrack,
  useFloor,
  useTileChoices,
  useTiles,
} from "./useTiles";

interface Props {
  choices: Choices;
  choose: (change: Partial<Choices>) => void;
}

export function Tiles({ choices, choose }: Props) {
  const stage = useRef<HTMLUListElement>(null);
  const area = useSize(stage);
  const tracks = useTiles();
  const tiles = useTileChoices(tracks.length > 1 ? "all" : "picture");
  const scene = sceneOf(tracks.map(shownOf), choices.layout, tiles.pinned, useFloor());
  const { boxes, ...pages } = usePlaces({ scene, tracks, area, tiles, corner: choices.selfCorner });
  const moveTo = useCallback((selfCorner: Corner) => choose({ selfCorner }), [choose]);
  const moving = scene.kind === "duo" && area ? { area, moveTo, corner: choices.selfCorner } : null;

  return (
    <TileContext.Provider value={tiles}>
      <div className="tiles">
        <ul ref={stage} className={`tiles-area ${scene.kind}`}>
          {tracks.map((track) => {
            const key = keyOf(track);
            const box = boxes.get(key);
            return (
              box && (
                <TilePlace key={key} box={box} moving={track.participant.isLocal ? moving : null}>
                  <Tile track={track} />
                </TilePlace>
              )
            );
          })}
        </ul>
        <Pager {...pages} />
        <Alone isEmpty={tracks.length === 0} />
      </div>
    </TileContext.Provider>
  );
}

function Alone({ isEmpty }: { isEmpty: boolean }) {
  const people = useParticipants().length;
  if (people === 1) return <p className="alone">{text("stage.alone")}</p>;
  return isEmpty && <p className="alone">{text("stage.noSpeakers")}</p>;
}

interface Pages {
  readonly page: number;
  readonly pages: number;
  readonly turn: (pages: number) => void;
}

interface Places extends Pages {
  /** The place of each tile that is shown now, by its key. */
  readonly boxes: ReadonlyMap<string, Box>;
}

interface Stage {
  readonly scene: Scene;
  readonly tracks: readonly TileTrack[];
  readonly area: Size | null;
  readonly tiles: TileChoices;
  readonly corner: Corner;
}

/** Return the places of the tiles in a scene, page by page if there are too many. */
function usePlaces(stage: Stage): Places {
  const { scene, tracks, area, tiles } = stage;
  const large = scene.kind === "grid" ? null : scene.large;
  const focus = scene.kind === "focus" && area ? focusOf(area, ratioOfLarge(scene.large, tracks, tiles)) : null;
  const part = focus?.others ?? (area && { ...area, start: 0, top: 0 });
  const cameras = tracks.filter((track) => !isScreen(track)).map(keyOf);
  const ratio = middleRatio(cameras.flatMap((key) => tiles.ratioOf(key) ?? []));
  const capacity = part ? capacityOf(part, ratio) : 1;
  const { shown, ...pages } = usePages(useOrder(tracks, large, capacity), capacity);
  if (!part) return { boxes: new Map(), ...pages };
  if (scene.kind === "duo") return { boxes: duoBoxes(scene, part, stage), ...pages };
  const boxes = new Map(placesIn(part, shown.length, ratio).map((box, index) => [shown[index] as string, box]));
  if (focus && large) boxes.set(large, focus.large);
  return { boxes, ...pages };
}

function duoBoxes(scene: Scene & { kind: "duo" }, area: Size, { tiles, corner }: Stage): Map<string, Box> {
  const isMirrored = document.documentElement.dir === "rtl";
  return new Map([
    [scene.large, otherOf(area, tiles.ratioOf(scene.large))],
    [scene.small, selfOf(area, corner, tiles.ratioOf(scene.small), isMirrored)],
  ]);
}

// Cameras come and go as people speak, and differ in their ratio; the others would move each time.
function ratioOfLarge(large: string, tracks: readonly TileTrack[], tiles: TileChoices): number {
  const isOfScreen = tracks.some((track) => keyOf(track) === large && isScreen(track));
  return (isOfScreen && tiles.ratioOf(large)) || USUAL_RATIO;
}

/** Return the keys of the small tiles in a calm order, with those who speak or show a picture on the first page. */
function useOrder(tracks: readonly TileTrack[], large: string | null, capacity: number): string[] {
  const before = useRef<Ordered>({ small: [], large: null });
  const worth = new Map(tracks.map((track) => [keyOf(track), worthOf(track)]));
  const kept = keepOrder(before.current, [...worth.keys()], large);
  const small = bringForward(kept, capacity, (key) => worth.get(key) ?? 0);
  useLayoutEffect(() => {
    before.current = { small, large };
  });
  return small;
}

const worthOf = ({ participant, publication }: TileTrack) =>
  participant.isSpeaking ? 2 : publication && !publication.isMuted ? 1 : 0;

function usePages(order: readonly string[], capacity: number): Pages & { shown: readonly string[] } {
  const [wanted, setWanted] = useState(0);
  const pages = Math.max(1, Math.ceil(order.length / capacity));
  const page = Math.min(wanted, pages - 1);
  return {
    page,
    pages,
    shown: order.slice(page * capacity, (page + 1) * capacity),
    turn: (by) => setWanted((page + by + pages) % pages),
  };
}

function Pager({ page, pages, turn }: Pages) {
  if (pages === 1) return null;
  return (
    <nav className="pager" aria-label={text("stage.pages")}>
      <button type="button" className="round small" aria-label={text("stage.page.previous")} onClick={() => turn(-1)}>
        <ChevronLeft className="along" />
      </button>
      <span>{text("stage.page", { page: page + 1, pages })}</span>
      <button type="button" className="round small" aria-label={text("stage.page.next")} onClick={() => turn(1)}>
        <ChevronRight className="along" />
      </button>
    </nav>
  );
}
