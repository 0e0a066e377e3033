import { beforeEach, expect, test } from "vitest";
import { Hands, type Peer } from "../src/call/hands";
import { type Message, readMessage, writeMessage } from "../src/shared/callMessages";

const NOON = Date.parse("2026-03-14T12:00:00Z");
const peer = (name: string, isPresenter = false): Peer => ({
  identity: `8:acs:x_${name}`,
  joinedAt: NOON,
  isPresenter,
});
const up = (raisedAt: number): Message => ({ kind: "hand", raisedAt });
const DOWN: Message = { kind: "hand", raisedAt: null };

let now = NOON;
let hands = new Hands(() => now);
const order = () => hands.raised.map(({ rawId }) => rawId.replace("8:acs:x_", "")).join(" ");

beforeEach(() => {
  now = NOON + 60_000;
  hands = new Hands(() => now);
});

test("hands stand in the order in which they were raised, whenever the page learns of them", () => {
  hands.hear(up(NOON + 30_000), peer("bob"));
  hands.hear(up(NOON + 10_000), peer("eve"));
  hands.raise("8:acs:x_ada", NOON + 20_000);
  expect(order()).toBe("eve ada bob");
});

test.each([
  ["two hours ahead", NOON + 7_200_000],
  ["two hours behind", NOON - 7_200_000],
])("a clock %s moves a hand at most to now or to when its owner joined", (_, claimed) => {
  hands.hear(up(claimed), peer("bob"));
  expect(hands.atOf("8:acs:x_bob")).toBeGreaterThanOrEqual(NOON);
  expect(hands.atOf("8:acs:x_bob")).toBeLessThanOrEqual(now);
});

test("a hand keeps its place when its owner raises it again", () => {
  expect(hands.hear(up(NOON + 1), peer("bob"))).toBe(true);
  expect(hands.hear(up(NOON + 2), peer("bob"))).toBe(false);
  expect(hands.atOf("8:acs:x_bob")).toBe(NOON + 1);
});

test("a second connection of a person has the same hand", () => {
  hands.hear(up(NOON), { ...peer("bob"), identity: "8:acs:x_bob#2" });
  hands.hear(DOWN, peer("bob"));
  expect(order()).toBe("");
});

test("only a Presenter lowers the hands of others", () => {
  for (const name of ["bob", "eve"]) hands.hear(up(NOON), peer(name));
  hands.hear({ kind: "lower hands", rawIds: null }, peer("mallory"));
  expect(order()).toBe("bob eve");
  hands.hear({ kind: "lower hands", rawIds: ["8:acs:x_bob"] }, peer("ada", true));
  expect(order()).toBe("eve");
  hands.hear({ kind: "lower hands", rawIds: null }, peer("ada", true));
  expect(order()).toBe("");
});

test("somebody who keeps waving is announced a few times only, and can always lower the hand", () => {
  const seen = Array.from({ length: 50 }, () => {
    const isNews = hands.hear(up(now), peer("bob"));
    hands.hear(DOWN, peer("bob"));
    return isNews;
  });
  expect(seen.filter(Boolean)).toHaveLength(6);
  expect(order()).toBe("");
});

test.each<Message>([up(1), DOWN, { kind: "lower hands", rawIds: ["a"] }, { kind: "reaction", reaction: "like" }])(
  "%j is read as it was written",
  (message) => {
    expect(readMessage(writeMessage(message))).toEqual(message);
  },
);

test.each([
  '{"kind":"hand"}',
  '{"kind":"hand","raisedAt":"1"}',
  '{"kind":"lower hands","rawIds":[1]}',
  "[]",
  "null",
  "{",
])("%s is no message", (text) => {
  expect(readMessage(new TextEncoder().encode(text))).toBeNull();
});

test("a message that is too large is not parsed", () => {
  const rawIds = Array.from({ length: 10_000 }, () => "8:acs:x_bob");
  expect(readMessage(writeMessage({ kind: "lower hands", rawIds }))).toBeNull();
});
