/** The tiles of all people: a grid, or one large tile with the others beside it. */

import {
  isTrackReference,
  type TrackReferenceOrPlaceholder,
  useGridLayout,
  usePagination,
  useParticipants,
  useTracks,
  useVisualStableUpdate,
} from "@livekit/components-react";
import { Track } from "livekit-client";
import { ChevronLeft, ChevronRight } from "lucide-react";
import { type RefObject, useRef, useState } from "react";
import { Tile } from "./Tile";
import { roleOf } from "./usePerson";

const LAYOUTS = [
  { columns: 1, rows: 1 },
  { columns: 1, rows: 2, orientation: "portrait" as const },
  { columns: 2, rows: 1, orientation: "landscape" as const },
  { columns: 2, rows: 2, minWidth: 300 },
  { columns: 2, rows: 3, minWidth: 300, orientation: "portrait" as const },
  { columns: 3, rows: 2, minWidth: 560, orientation: "landscape" as const },
  { columns: 3, rows: 3, minWidth: 560 },
  { columns: 4, rows: 4, minWidth: 960 },
  { columns: 5, rows: 5, minWidth: 1200 },
];

const keyOf = (track: TrackReferenceOrPlaceholder) => `${track.participant.identity} ${track.source}`;

// In a large event, viewers would fill many pages with initials, so only the list of people shows them.
const mayBeSeen = (track: TrackReferenceOrPlaceholder) =>
  isTrackReference(track) || roleOf(track.participant) !== "Consumer";

export function Tiles() {
  const [pinned, setPinned] = useState<string | null>(null);
  const people = useParticipants().length;
  const tracks = useTracks([
    { source: Track.Source.Camera, withPlaceholder: true },
    { source: Track.Source.ScreenShare, withPlaceholder: false },
  ]).filter(mayBeSeen);
  const large =
    tracks.find((track) => keyOf(track) === pinned) ??
    tracks.find((track) => track.source === Track.Source.ScreenShare && isTrackReference(track));

  const tile = (track: TrackReferenceOrPlaceholder) => (
    <Tile
      key={keyOf(track)}
      track={track}
      pinned={keyOf(track) === pinned}
      pin={tracks.length > 1 ? () => setPinned((now) => (now === keyOf(track) ? null : keyOf(track))) : undefined}
    />
  );

  if (large) {
    const others = tracks.filter((track) => track !== large);
    return (
      <div className="focus">
        <div className="focus-large">{tile(large)}</div>
        {others.length > 0 && (
          <ul className="focus-strip">
            {others.map((track) => (
              <li key={keyOf(track)}>{tile(track)}</li>
            ))}
          </ul>
        )}
      </div>
    );
  }
  return (
    <>
      <Grid tracks={tracks} tile={tile} />
      {people === 1 ? (
        <p className="alone">Nobody else is here yet. Others appear as soon as they join.</p>
      ) : (
        tracks.length === 0 && <p className="alone">Nobody who may speak or show video is here yet.</p>
      )}
    </>
  );
}

interface GridProps {
  tracks: TrackReferenceOrPlaceholder[];
  tile: (track: TrackReferenceOrPlaceholder) => React.ReactNode;
}

function Grid({ tracks, tile }: GridProps) {
  const grid = useRef<HTMLUListElement>(null);
  const { layout } = useGridLayout(grid as unknown as RefObject<HTMLDivElement>, tracks.length, {
    gridLayouts: LAYOUTS,
  });
  const ordered = useVisualStableUpdate(tracks, layout.maxTiles);
  const pages = usePagination(layout.maxTiles, ordered);
  return (
    <div className="grid-frame">
      <ul ref={grid} className="grid">
        {pages.tracks.map((track) => (
          <li key={keyOf(track)}>{tile(track)}</li>
        ))}
      </ul>
      {pages.totalPageCount > 1 && (
        <nav className="pager" aria-label="Pages of people">
          <button type="button" className="round small" aria-label="Previous page" onClick={pages.prevPage}>
            <ChevronLeft />
          </button>
          <span>
            {pages.currentPage} of {pages.totalPageCount}
          </span>
          <button type="button" className="round small" aria-label="Next page" onClick={pages.nextPage}>
            <ChevronRight />
          </button>
        </nav>
      )}
    </div>
  );
}
