import { expect, test } from "vitest";
import { Embedder, isEmbedded, originsOf } from "../src/call/embedding";
import { left, refused } from "../src/call/notices";
import type { Phase } from "../src/call/session";
import { Refusal } from "../src/shared/http";

const ROOM = "99412345678901234";
const CLINIC = "https://clinic.example";
const LOBBY: Phase = { at: "lobby", admission: null, opensAt: null, awaits: null };
const WAITING = { at: "waiting", awaits: "admission", since: new Date(), isHeard: true } as unknown as Phase;
const CALL = { at: "call" } as Phase;
const outside = (notice: ReturnType<typeof left>): Phase => ({ at: "outside", notice, nextTry: null });
const FULL = outside(refused(new Refusal(403, "", "CallFull"), Date.now()));

function told(...phases: Phase[]): string[] {
  const posted: string[] = [];
  const embedder = new Embedder([CLINIC], (message, origin) => {
    const { event, reason, roomId } = message as Record<string, string>;
    expect([origin, roomId]).toEqual([CLINIC, ROOM]);
    posted.push(reason ? `${event}: ${reason}` : `${event}`);
  });
  for (const phase of phases) embedder.enter(phase, ROOM);
  return posted;
}

test("each change is told once", () => {
  expect(told({ at: "asking" }, LOBBY, { ...LOBBY }, WAITING, { at: "joining", lobby: null }, CALL, CALL)).toEqual([
    "ready",
    "waiting",
    "joined",
  ]);
});

test("a connection that comes back is not told", () => {
  expect(told(CALL, { at: "cut off", nextTry: null }, CALL)).toEqual(["joined"]);
});

test("a person who was in the call or waited has left, another one is refused", () => {
  expect(told(CALL, FULL, FULL)).toEqual(["joined", "left: full"]);
  expect(told(CALL, outside(left()), LOBBY, FULL)).toEqual(["joined", "left: left", "ready", "refused: full"]);
  expect(told(LOBBY, FULL, FULL)).toEqual(["ready", "refused: full"]);
  expect(told(WAITING, outside(left()))).toEqual(["waiting", "left: left"]);
});

interface Around {
  isFramed?: boolean;
  ancestors?: string[];
  referrer?: string;
}

function framed({ isFramed = true, ancestors, referrer = "" }: Around, allowed = [CLINIC, "https://portal.example"]) {
  const page = {
    document: { referrer, querySelector: () => ({ content: JSON.stringify(allowed) }) },
    location: { ancestorOrigins: ancestors },
  };
  return { ...page, parent: isFramed ? {} : undefined } as never;
}

test("messages go to the page around and to nobody else", () => {
  expect(originsOf(framed({ ancestors: [CLINIC] }))).toEqual([CLINIC]);
  expect(originsOf(framed({ referrer: "https://portal.example/visit" }))).toEqual(["https://portal.example"]);
  expect(originsOf(framed({ ancestors: ["https://evil.example"] }))).not.toContain("https://evil.example");
  expect(originsOf(framed({}))).toEqual([CLINIC, "https://portal.example"]);
  const alone = { ...(framed({}) as object) } as { parent: unknown };
  alone.parent = alone;
  expect(originsOf(alone as never)).toEqual([]);
});

test("only embed=1 leaves out head and foot", () => {
  expect(["?embed=1", "?lang=de&embed=1", "?embed=0", ""].map(isEmbedded)).toEqual([true, true, false, false]);
});
