/** The rules of the console's day: which visits are on it, by the hour, and what there is to say of each. */

import { describe, expect, it } from "vitest";
import { byHour, isOn, later, readDay } from "../src/console/today/day";
import { changed, isShown, readVisit, statusOf, type Visit, type Visits } from "../src/console/today/visits";
import { readChange } from "../src/console/today/watch";
import type { VisitSummaryModel } from "../src/shared/shapes";

const DAY = new Date(2026, 10, 30);
const at = (hours: number, minutes = 0) => DAY.getTime() + (hours * 60 + minutes) * 60_000;

const visit = (changes: Partial<Visit> = {}): Visit => ({
  id: "1",
  title: "Check-up",
  validFrom: at(9),
  validUntil: at(9, 30),
  plannedUntil: at(9, 30),
  people: ["Dr Ada", "Bo"],
  morePeople: 0,
  waiting: 0,
  inCall: 0,
  lastLeft: null,
  ...changes,
});

const MODEL: VisitSummaryModel = {
  id: "99475330965778483",
  createdAt: "2026-11-01T00:00:00+00:00",
  title: "Check-up",
  validFrom: "2026-11-30T09:00:00+00:00",
  validUntil: "2026-11-30T09:40:00+00:00",
  plannedUntil: "2026-11-30T09:30:00+00:00",
  state: "open",
  pstnDialOutEnabled: false,
  waitingRoom: "attendees",
  startsWith: "anyone",
  extendBy: 15,
  extended: 10,
  participants: ["Dr Ada", "", "Bo", "Cy", "Di", "Ed"].map((displayName, place) => ({
    rawId: `8:acs:${place}`,
    role: "Attendee",
    displayName,
  })),
  participantCount: 12,
  waitingCount: 2,
  inCallCount: 1,
};

describe("a day", () => {
  it("is read from its address", () => {
    expect(readDay("2026-11-30")).toEqual(DAY);
    for (const text of ["", "today", "2026-11-31", "2026-2-1", "2026-11-30x"]) expect(readDay(text)).toBeNull();
  });

  it("has the visits that overlap it", () => {
    const window = (from: number, until: number) => visit({ validFrom: from, validUntil: until });
    expect(isOn(window(at(9), at(10)), DAY)).toBe(true);
    expect(isOn(window(at(-5), at(0)), DAY)).toBe(false);
    expect(isOn(window(at(-5), at(1)), DAY)).toBe(true);
    expect(isOn(window(later(DAY, 1).getTime(), at(30)), DAY)).toBe(false);
  });

  it("shows its visits by the hour", () => {
    const visits = [
      visit({ id: "c", validFrom: at(9, 45) }),
      visit({ id: "b", validFrom: at(9) }),
      visit({ id: "a", validFrom: at(9) }),
      visit({ id: "d", validFrom: at(14, 59) }),
      visit({ id: "e", validFrom: at(-3) }),
    ];
    expect(byHour(visits, DAY).map((hour) => [hour.at, hour.visits.map(({ id }) => id).join("")])).toEqual([
      [null, "e"],
      [at(9), "abc"],
      [at(14), "d"],
    ]);
  });
});

describe("a visit", () => {
  it.each([
    ["expected", {}, at(8, 59)],
    ["nobody", {}, at(9)],
    ["waiting", { waiting: 1 }, at(9, 10)],
    ["inCall", { inCall: 1, waiting: 1 }, at(9, 10)],
    ["inCall", { inCall: 1, validUntil: at(9, 40) }, at(9, 29)],
    ["over", { inCall: 1, validUntil: at(9, 40) }, at(9, 30)],
    ["early", { lastLeft: at(9, 12) }, at(9, 20)],
    ["early", { lastLeft: at(9, 12) }, at(10)],
    ["ended", { lastLeft: at(9, 30) }, at(10)],
    ["missed", {}, at(9, 30)],
  ] as const)("is %s", (status, changes, now) => {
    expect(statusOf(visit(changes), now)).toBe(status);
  });

  it("is shown by every filter that it meets", () => {
    const busy = visit({ inCall: 1, waiting: 1 });
    expect(isShown(busy, "waiting", at(9, 10))).toBe(true);
    expect(isShown(busy, "in", at(9, 10))).toBe(true);
    expect(isShown(busy, "over", at(9, 10))).toBe(false);
    expect(isShown(visit({ lastLeft: at(9, 5) }), "ended", at(9, 10))).toBe(true);
    expect(isShown(busy, null, at(9, 10))).toBe(true);
  });

  it("is read from the list", () => {
    expect(readVisit(MODEL)).toEqual({
      id: MODEL.id,
      title: "Check-up",
      validFrom: Date.UTC(2026, 10, 30, 9),
      validUntil: Date.UTC(2026, 10, 30, 9, 40),
      plannedUntil: Date.UTC(2026, 10, 30, 9, 30),
      people: ["Dr Ada", "Bo", "Cy", "Di"],
      morePeople: 8,
      waiting: 2,
      inCall: 1,
      lastLeft: null,
    });
  });
});

describe("changes", () => {
  const visits: Visits = new Map([["1", visit()]]);

  it("put, replace and remove visits", () => {
    const moved = visit({ title: "Moved" });
    const added = visit({ id: "2" });
    const next = changed(
      visits,
      [
        { type: "room", visit: moved },
        { type: "room", visit: added },
      ],
      () => true,
    );
    expect([...next.values()]).toEqual([moved, added]);
    expect(changed(next, [{ type: "gone", id: "1" }], () => true).size).toBe(1);
    expect(changed(visits, [{ type: "room", visit: moved }], () => false).size).toBe(0);
    expect(visits.size).toBe(1);
  });

  it("are read from events, also those of a later version", () => {
    const event = (type: string, data: object) => ({ id: "x-1", type, data: JSON.stringify(data) });
    expect(readChange(event("room", { room: MODEL }))).toEqual({ type: "room", visit: readVisit(MODEL) });
    expect(readChange(event("gone", { id: "1" }))).toEqual({ type: "gone", id: "1" });
    expect(readChange(event("reload", {}))).toEqual({ type: "reload" });
    expect(readChange(event("later", { id: "1" }))).toBeNull();
  });
});
