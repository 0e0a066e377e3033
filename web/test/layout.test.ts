import { describe, expect, test } from "vitest";
import { CORNERS, cornerTowards, nearestCorner, nextCorner } from "../src/call/layout/corners";
import { cropped, fitOf, MOST_CROPPED } from "../src/call/layout/fit";
import { bestGrid, capacityOf, GAP, middleRatio, placeTiles, type Size } from "../src/call/layout/grid";
import { bringForward, keepOrder } from "../src/call/layout/order";
import { focusOf, otherOf, placesIn, selfOf } from "../src/call/layout/places";
import { type Layout, sceneOf } from "../src/call/layout/scene";
import { EMPTY_FLOOR, type Floor, HOLD, PAUSE, passFloor } from "../src/call/layout/speaker";

const PHONE = { width: 344, height: 470 };
const PHONE_ON_ITS_SIDE = { width: 624, height: 260 };
const TABLET = { width: 752, height: 880 };
const LAPTOP = { width: 1256, height: 600 };
const WALL = { width: 2536, height: 1280 };
const AREAS = Object.entries({ PHONE, PHONE_ON_ITS_SIDE, TABLET, LAPTOP, WALL });
const RATIOS = [16 / 9, 4 / 3, 1, 9 / 16];
const COUNTS = Array.from({ length: 50 }, (_, index) => index + 1);

describe("the grid", () => {
  test.each(AREAS)("keeps 1 to 50 tiles apart, inside of a %s, in rows", (_, area) => {
    for (const ratio of RATIOS) for (const count of COUNTS) checkPlaces(count, area, ratio);
  });

  test.each(AREAS)("has the largest tiles that a %s can hold", (_, area) => {
    for (const ratio of RATIOS) {
      for (const count of COUNTS) {
        const { tile } = bestGrid(count, area, ratio);
        for (const columns of COUNTS)
          expect(largestWith(columns, count, area, ratio)).toBeLessThan(tile.width * tile.height + 1);
      }
    }
  });

  test.each(AREAS)("never crops more than a tenth in a %s", (_, area) => {
    for (const ratio of RATIOS) {
      for (const count of COUNTS) {
        const { width, height } = bestGrid(count, area, ratio).tile;
        expect(cropped(ratio, width / height)).toBeLessThanOrEqual(MOST_CROPPED + 1e-9);
      }
    }
  });

  test.each([
    [2, LAPTOP, 2, 1],
    [3, LAPTOP, 2, 2],
    [5, LAPTOP, 3, 2],
    [12, LAPTOP, 4, 3],
    [2, PHONE, 1, 2],
    [4, PHONE, 1, 4],
    [8, PHONE, 2, 4],
    [3, PHONE_ON_ITS_SIDE, 2, 2],
  ])("of %i in %j has %i columns and %i rows", (count, area, columns, rows) => {
    expect(bestGrid(count, area)).toMatchObject({ columns, rows });
  });

  test.each([
    [PHONE, 10],
    [PHONE_ON_ITS_SIDE, 12],
    [LAPTOP, 49],
    [WALL, 49],
    [{ width: 0, height: 0 }, 1],
  ])("in %j shows at most %i tiles on a page", (area, count) => {
    expect(capacityOf(area)).toBe(count);
  });

  test("follows the ratio of most pictures", () => {
    expect(middleRatio([])).toBe(16 / 9);
    expect(middleRatio([4 / 3, 16 / 9, 4 / 3])).toBe(4 / 3);
  });
});

function largestWith(columns: number, count: number, area: Size, ratio: number): number {
  const rows = Math.ceil(count / columns);
  const width = (area.width - (columns - 1) * GAP) / columns;
  const height = (area.height - (rows - 1) * GAP) / rows;
  if (width <= 0 || height <= 0) return 0;
  return Math.min(width, (height * ratio) / 0.9) * Math.min(height, width / (ratio * 0.9));
}

function checkPlaces(count: number, area: Size, ratio: number): void {
  const grid = bestGrid(count, area, ratio);
  const places = placeTiles(count, area, grid);
  expect(places).toHaveLength(count);
  for (const [index, place] of places.entries()) {
    expect(place.start).toBeGreaterThan(-0.001);
    expect(place.top).toBeGreaterThan(-0.001);
    expect(place.start + place.width).toBeLessThan(area.width + 0.001);
    expect(place.top + place.height).toBeLessThan(area.height + 0.001);
    const next = places[index + 1];
    if (!next) continue;
    if (next.top === place.top) expect(next.start - place.start).toBeCloseTo(place.width + GAP);
    else expect(next.top - place.top).toBeCloseTo(place.height + GAP);
  }
  const last = places.filter((place) => place.top === places.at(-1)?.top);
  const before = last[0]?.start ?? 0;
  const behind = area.width - ((last.at(-1)?.start ?? 0) + grid.tile.width);
  expect(before).toBeCloseTo(behind);
}

test.each([
  [16 / 9, 16 / 10, false, "cover"],
  [16 / 9, 4 / 3, false, "contain"],
  [4 / 3, 16 / 9, false, "contain"],
  [9 / 16, 16 / 9, false, "contain"],
  [9 / 16, 16 / 9, true, "cover"],
  [640 / 480, 1.2, false, "cover"],
  [null, 1, false, "cover"],
] as const)("a picture of %d in a frame of %d, to fill it: %s, is shown as %s", (picture, frame, fill, fit) => {
  expect(fitOf(picture, frame, fill)).toBe(fit);
});

const camera = (identity: string) => ({ key: identity, identity, isLocal: identity === "me", isScreen: false });
const screen = (identity: string) => ({ ...camera(identity), key: `${identity} screen`, isScreen: true });
const [ME, ADA, BOB] = [camera("me"), camera("ada"), camera("bob")];

test.each([
  ["alone", [ME], "automatic", null, { kind: "grid" }],
  ["two people", [ME, ADA], "automatic", null, { kind: "duo", large: "ada", small: "me" }],
  ["two people as speakers", [ME, ADA], "speaker", null, { kind: "duo", large: "ada", small: "me" }],
  ["two people in a grid", [ME, ADA], "grid", null, { kind: "grid" }],
  ["a viewer of two", [ADA, BOB], "automatic", null, { kind: "grid" }],
  ["three people", [ME, ADA, BOB], "automatic", null, { kind: "grid" }],
  ["the one who speaks", [ME, ADA, BOB], "speaker", null, { kind: "focus", large: "bob" }],
  ["a screen", [ME, ADA, screen("ada")], "grid", null, { kind: "focus", large: "ada screen" }],
  ["the newest screen", [ADA, screen("ada"), screen("bob")], "automatic", null, { kind: "focus", large: "bob screen" }],
  ["a pinned person", [ME, ADA, BOB], "grid", "ada", { kind: "focus", large: "ada" }],
  ["a pinned person beside a screen", [ME, ADA, screen("ada")], "automatic", "ada", { kind: "focus", large: "ada" }],
  ["the pinned other of two", [ME, ADA], "grid", "ada", { kind: "duo", large: "ada", small: "me" }],
  ["oneself, pinned", [ME, ADA], "automatic", "me", { kind: "focus", large: "me" }],
  ["a pin of somebody who left", [ME, ADA, BOB], "automatic", "eve", { kind: "grid" }],
] as const)("the stage shows %s", (_, tiles, layout: Layout, pinned, expected) => {
  expect(sceneOf(tiles, layout, pinned, "bob")).toEqual(expected);
});

test("without a speaker, the speaker layout shows the first other person", () => {
  expect(sceneOf([ME, ADA, BOB], "speaker", null, null)).toEqual({ kind: "focus", large: "ada" });
});

test.each([
  ["at first", [], null, "a", ["b", "c", "d"]],
  ["when the large one changes", ["b", "c", "d"], "a", "c", ["b", "a", "d"]],
  ["when nothing changes", ["d", "b", "c"], "a", "a", ["d", "b", "c"]],
  ["when the large one has left", ["b", "x", "d"], "y", "b", ["d", "a", "c"]],
  ["when none is large any more", ["b", "d", "c"], "a", null, ["b", "d", "c", "a"]],
])("the small tiles keep their places %s", (_, small, before, large, expected) => {
  expect(keepOrder({ small, large: before }, ["a", "b", "c", "d"], large)).toEqual(expected);
});

test.each([
  ["nobody", {}, "abcdef"],
  ["a speaker behind, for the last silent one", { e: 2 }, "abedcf"],
  ["a picture, for initials", { a: 1, c: 1, f: 1 }, "afcdeb"],
  ["a speaker, for a picture", { a: 2, b: 1, c: 1, d: 2, e: 1, f: 1 }, "abdcef"],
  ["nobody for an equal one", { a: 1, b: 1, c: 1, d: 1 }, "abcdef"],
])("the first page gets %s", (_, worth: Readonly<Record<string, number>>, expected) => {
  expect(bringForward([..."abcdef"], 3, (key) => worth[key] ?? 0).join("")).toBe(expected);
});

describe("a large picture with others", () => {
  test.each(AREAS)("and theirs fill a %s without overlap", (_, area) => {
    for (const ratio of [...RATIOS, 32 / 9]) {
      const { large, others } = focusOf(area, ratio);
      expect(large.width / large.height).toBeCloseTo(ratio);
      const isBeside = others.start > 0;
      if (isBeside) expect(large.start + large.width).toBeLessThanOrEqual(others.start - GAP + 0.001);
      else expect(large.top + large.height).toBeLessThanOrEqual(others.top - GAP + 0.001);
      for (const box of [large, ...placesIn(others, 3)]) {
        expect(box.start + box.width).toBeLessThan(area.width + 0.001);
        expect(box.top + box.height).toBeLessThan(area.height + 0.001);
        expect(Math.min(box.start, box.top, box.width, box.height)).toBeGreaterThan(-0.001);
      }
    }
  });

  test("has them beside it on a wide screen, and below on a telephone", () => {
    expect(focusOf(LAPTOP, 16 / 9)).toMatchObject({ large: { height: expect.closeTo(574, 0) }, others: { top: 0 } });
    expect(focusOf(PHONE, 16 / 9)).toMatchObject({ large: { width: 344, top: 0 }, others: { start: 0, width: 344 } });
  });
});

test("the other of two fills the stage as far as their picture does", () => {
  expect(otherOf(LAPTOP, null)).toEqual({ ...LAPTOP, start: 0, top: 0 });
  expect(otherOf(LAPTOP, 16 / 9).width).toBeCloseTo((600 * 16) / 9 / 0.9);
  expect(otherOf(PHONE, 16 / 9)).toMatchObject({ width: 344, height: expect.closeTo(215, 0) });
});

test.each([
  ["top-left", false, { start: 12, top: 12 }],
  ["bottom-right", false, { start: 1256 - 240 - 12, top: 600 - 135 - 12 }],
  ["bottom-right", true, { start: 12, top: 600 - 135 - 12 }],
  ["top-left", true, { start: 1256 - 240 - 12, top: 12 }],
] as const)("the own picture stands at the %s, also if text is mirrored: %s", (corner, isMirrored, expected) => {
  expect(selfOf(LAPTOP, corner, null, isMirrored)).toMatchObject(expected);
});

/** Who has the floor after each pair of a time and those who speak then, the loudest first. */
function follow(...times: [at: number, ...speakers: string[]][]): (string | null)[] {
  let floor: Floor = EMPTY_FLOOR;
  return times.map(([at, ...speakers]) => {
    floor = passFloor(floor, speakers, at);
    return floor.holder;
  });
}

test.each([
  ["the first speaker at once", follow([0, "ada"]), ["ada"]],
  ["nobody else in a silence", follow([0, "ada"], [9_000]), ["ada", "ada"]],
  ["not a short word", follow([0, "ada"], [100, "bob"], [1_000], [5_000, "bob"]), ["ada", "ada", "ada", "ada"]],
  [
    "who goes on speaking, with short pauses",
    follow([0, "ada"], [100, "bob"], [500], [100 + PAUSE, "bob"], [100 + HOLD, "bob"]),
    ["ada", "ada", "ada", "ada", "bob"],
  ],
  [
    "the first of two who speak after the holder",
    follow([0, "ada"], [100, "bob"], [700, "eve", "bob"], [100 + HOLD, "eve", "bob"]),
    ["ada", "ada", "ada", "bob"],
  ],
  [
    "the holder while somebody is louder now and then",
    follow([0, "ada"], [100, "bob", "ada"], [900, "ada", "bob"], [1_000, "bob", "ada"], [2_000, "bob", "ada"]),
    ["ada", "ada", "ada", "ada", "ada"],
  ],
])("the large picture is of %s", (_, holders, expected) => {
  expect(holders).toEqual(expected);
});

test("the own picture snaps to the nearest corner, and goes round the corners", () => {
  expect(nearestCorner({ x: 0.4, y: 0.6 })).toBe("bottom-left");
  expect(nearestCorner({ x: 1.3, y: -1 })).toBe("top-right");
  expect(CORNERS.map(nextCorner)).toEqual([...CORNERS.slice(1), CORNERS[0]]);
});

test.each([
  ["bottom-right", "ArrowUp", "top-right"],
  ["bottom-right", "ArrowLeft", "bottom-left"],
  ["bottom-right", "ArrowDown", "bottom-right"],
  ["top-left", "ArrowRight", "top-right"],
  ["top-left", "Enter", null],
] as const)("from %s, %s moves it to %s", (corner, key, expected) => {
  expect(cornerTowards(corner, key)).toBe(expected);
});
