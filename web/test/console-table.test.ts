import { expect, test } from "vitest";
import { newDraft, newPerson, planOf } from "../src/console/plan/draft";
import { linksAsCsv } from "../src/console/plan/links";
import { Repeats } from "../src/console/plan/repeats";
import { readLength, readTable, readTime } from "../src/console/plan/table";
import type { PlannedModel } from "../src/shared/shapes";

const DAY = "2026-12-01";
const person = (displayName: string, role: string) => ({ displayName, role });

test("a table from a spreadsheet", () => {
  const { heading, rows } = readTable(
    'Time\tTitle\tLength\tPresenter\tAttendees\n9:00\tFollow-up\t30\tDr Ada\tBo Chen; Cy Diaz\n\n9:30 am\t\t\t\t"Dee\nEve"\n',
    DAY,
    0,
  );
  expect(heading).toBe("Time\tTitle\tLength\tPresenter\tAttendees");
  expect(rows.map(({ visit }) => visit)).toEqual([
    {
      title: "Follow-up",
      validFrom: "2026-12-01T09:00:00.000Z",
      validUntil: "2026-12-01T09:30:00.000Z",
      participants: [person("Dr Ada", "Presenter"), person("Bo Chen", "Attendee"), person("Cy Diaz", "Attendee")],
    },
    {
      title: "",
      validFrom: "2026-12-01T09:30:00.000Z",
      validUntil: "2026-12-01T10:00:00.000Z",
      participants: [person("Dee", "Attendee"), person("Eve", "Attendee")],
    },
  ]);
});

test("commas, quotation marks, and names beyond the last column", () => {
  const [row] = readTable('2026-12-24 08:15,1h,"Check-up, ""short""",Dr Ada,Bo,Cy', DAY, 0).rows;
  expect(row?.visit).toEqual({
    title: 'Check-up, "short"',
    validFrom: "2026-12-24T08:15:00.000Z",
    validUntil: "2026-12-24T09:15:00.000Z",
    participants: [person("Dr Ada", "Presenter"), person("Bo", "Attendee"), person("Cy", "Attendee")],
  });
});

test("semicolons, as spreadsheets write them where the comma is for decimals", () => {
  const [row] = readTable("9.00;45 min;Follow-up;Dr Ada;Bo", DAY, 0).rows;
  expect([row?.visit?.validUntil, row?.visit?.participants.length]).toEqual(["2026-12-01T09:45:00.000Z", 2]);
});

test("each wrong line says what to do, and keeps its text", () => {
  const table =
    "9:00\t30\tA\tDr Ada\tBo\nsoon\t30\tB\tDr Ada\tBo\n9:30\tlong\tC\tDr Ada\tBo\n10:00\t30\tD\t\t\n9:00\t30\tA\tDr Ada\tBo";
  const { rows } = readTable(table, DAY, 0);
  expect(rows.map(({ number, visit, problem }) => [number, visit !== null, problem.slice(0, 30)])).toEqual([
    [1, true, ""],
    [2, false, "“soon” is not a time: write 9:"],
    [3, false, "“long” is not a length: write "],
    [4, false, "Nobody is invited: name a pres"],
    [5, false, "This is the same visit as in l"],
  ]);
  expect(rows[1]?.line).toBe("soon\t30\tB\tDr Ada\tBo");
});

test.each([
  ["9:00", "2026-12-01T09:00:00.000Z"],
  ["2:30 pm", "2026-12-01T14:30:00.000Z"],
  ["12 am", "2026-12-01T00:00:00.000Z"],
  ["2026-12-31 23:59:00", "2026-12-31T23:59:00.000Z"],
  ["24.12.2026 8:15", "2026-12-24T08:15:00.000Z"],
  ["2026-12-24T09:00:00+01:00", "2026-12-24T08:00:00.000Z"],
])("the time %s", (text, expected) => {
  expect((readTime(text, DAY) as Date).toISOString()).toBe(expected);
});

test.each(["", "30", "25:00", "9:60", "12/01/2026 9:00", "31.02.2026 9:00", "tomorrow"])("%j is not a time", (text) => {
  expect(typeof readTime(text, DAY)).toBe("string");
});

test.each([
  ["30", 30],
  ["45 min", 45],
  ["1:30", 90],
  ["1 h", 60],
  ["1.5h", 90],
  ["1h30", 90],
  ["half an hour", null],
])("the length %s", (text, minutes) => {
  expect(readLength(text)).toBe(minutes);
});

test("a form begins at the next quarter of an hour", () => {
  const draft = newDraft(Date.parse("2026-12-01T09:07:00Z"));
  expect([draft.from, draft.minutes, draft.people.map(({ role }) => role)]).toEqual([
    "2026-12-01T09:15",
    "30",
    ["Presenter", "Attendee"],
  ]);
  expect(planOf(draft)).toBe("Name at least one person.");
  const plan = planOf({
    ...draft,
    title: " Follow-up ",
    people: [newPerson("Presenter", " Dr Ada "), ...draft.people],
  });
  expect(plan).toMatchObject({
    title: "Follow-up",
    validFrom: "2026-12-01T09:15:00.000Z",
    validUntil: "2026-12-01T09:45:00.000Z",
    participants: [person("Dr Ada", "Presenter")],
  });
});

test.each([
  [{ from: "" }, "Say when the visit begins."],
  [{ minutes: "0" }, "The length must be"],
  [{ minutes: "1.5" }, "The length must be"],
])("a form with %j is explained", (wrong, problem) => {
  expect(planOf({ ...newDraft(0), ...wrong })).toContain(problem);
});

test("a request has the same id until its answer has come", () => {
  const repeats = new Repeats(() => Date.parse("2026-12-01T09:00:00Z"));
  const first = repeats.headers("a");
  expect(first["Repeatability-First-Sent"]).toBe("Tue, 01 Dec 2026 09:00:00 GMT");
  expect(repeats.headers("a")).toEqual(first);
  expect(repeats.headers("b")).not.toEqual(first);
  repeats.settle("a");
  expect(repeats.headers("a")).not.toEqual(first);
});

test("links are a file that no spreadsheet runs", () => {
  const visit = {
    id: "994",
    title: "=cmd, or not",
    validFrom: "from",
    validUntil: "until",
    participants: [
      { rawId: "8:acs:1", role: "Presenter", displayName: 'Ada "A"', invitation: { id: "1", url: "https://h/j#s" } },
    ],
  } as unknown as PlannedModel;
  expect(linksAsCsv([visit])).toBe(
    `begins,ends,title,name,role,link,room,raw id\r\nfrom,until,"'=cmd, or not","Ada ""A""",Presenter,https://h/j#s,994,8:acs:1\r\n`,
  );
});
