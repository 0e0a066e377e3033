import { beforeEach, expect, test, vi } from "vitest";
import { Chat, grouped, LONGEST_MESSAGE, readChat, type Sender, writeChat } from "../src/call/chat";
import { cleaned, withLinks } from "../src/call/plainText";
import { Talk } from "../src/call/talk";

const BOB: Sender = { identity: "8:acs:x_bob", name: "Bob", isSelf: false };
const EVE: Sender = { identity: "8:acs:x_eve", name: "Eve", isSelf: false };
const SELF: Sender = { identity: "8:acs:x_self", name: "Ada", isSelf: true };
const NOON = Date.parse("2026-03-14T12:00:00Z");

let now = NOON;
let chat = new Chat(() => now);

beforeEach(() => {
  now = NOON;
  chat = new Chat(() => now);
});

const payload = (content: unknown) => new TextEncoder().encode(JSON.stringify(content));
const hear = (text: string, from = BOB) => chat.hear(payload({ text }), from);
const shown = () => chat.view.entries.map((entry) => (entry.kind === "message" ? entry.text : entry.kind));

test("messages are kept in the order of their arrival, with the time of this page", () => {
  hear("Hello");
  now += 1_000;
  chat.hear(payload({ text: "Hi", at: 0, from: "8:acs:x_forged" }), EVE);
  const last = chat.view.entries.at(-1);
  expect(shown()).toEqual(["Hello", "Hi"]);
  expect(last).toMatchObject({ from: EVE, at: NOON + 1_000 });
});

test.each([
  ["no JSON", new TextEncoder().encode("{")],
  ["no text", payload({ message: "Hello" })],
  ["another type", payload({ text: 1 })],
  ["null", payload(null)],
  ["nothing visible", payload({ text: "\u200b\u202e \n" })],
  ["too many bytes", payload({ text: "x".repeat(20_000) })],
])("a payload with %s is no message", (_, content) => {
  expect(readChat(content)).toBeNull();
});

test("what is written can be read, up to the longest message", () => {
  const longest = "👩‍⚕️".repeat(LONGEST_MESSAGE);
  const written = writeChat(longest);
  expect([...(written?.text ?? "")]).toHaveLength(LONGEST_MESSAGE);
  expect(readChat(written?.payload as Uint8Array)).toBe(written?.text);
  expect(writeChat(" \n ")).toBeNull();
});

test("a flood is cut off, counted once, and does not silence others", () => {
  for (let i = 0; i < 100; i++) hear(`spam ${i}`);
  hear("Hello", EVE);
  expect(shown()).toEqual([...Array.from({ length: 10 }, (_, i) => `spam ${i}`), "flood", "Hello"]);
  expect(chat.view.entries.at(-2)).toMatchObject({ kind: "flood", from: BOB, count: 90 });
  now += 1_500;
  expect(hear("calm again")).not.toBeNull();
});

test("what one page may send, all others show", async () => {
  const other = new Chat(() => now);
  for (let i = 0; i < 200; i++) {
    now += 100;
    if (chat.maySend()) expect(other.hear(payload({ text: "x" }), BOB)).not.toBeNull();
  }
});

test("the page keeps a limited number of messages", () => {
  for (let i = 0; i < 1_000; i++) {
    now += 2_000;
    hear(`${i}`);
  }
  expect(chat.view.entries).toHaveLength(500);
});

test("messages are unread until they are seen", () => {
  hear("one");
  hear("two");
  expect(chat.view.unread).toBe(2);
  chat.setRead(true);
  hear("three");
  expect(chat.view.unread).toBe(0);
  chat.setRead(false);
  hear("four");
  expect(chat.view.unread).toBe(1);
});

test("an own message shows whether it was sent, and is never unread", async () => {
  await chat.say("works", SELF, () => Promise.resolve());
  await chat.say("fails", SELF, () => Promise.reject(new Error("closed")));
  expect(chat.view.entries).toMatchObject([{ state: "sent" }, { state: "failed" }]);
  expect(chat.view.unread).toBe(0);
});

test("a message that failed is kept when it is sent again too fast", async () => {
  const talk = new Talk(() => now);
  const texts = () => talk.chat.view.entries.map((entry) => entry.kind === "message" && `${entry.text} ${entry.state}`);
  for (const text of ["1", "2", "3", "4", "5", "6"]) talk.say(text);
  const failed = ["1 failed", "2 failed", "3 failed", "4 failed", "5 failed", "6 failed"];
  await vi.waitFor(() => expect(texts()).toEqual(failed));
  const [first] = talk.chat.view.entries;
  if (first?.kind !== "message") throw new Error("no message");
  talk.sayAgain(first);
  expect(texts()).toEqual(failed);
  now += 2_000;
  talk.sayAgain(first);
  expect(texts()).toEqual([...failed.slice(1), "1 sending"]);
});

test("messages of one sender within three minutes form a group", () => {
  hear("one");
  hear("two");
  hear("three", EVE);
  hear("four");
  now += 4 * 60_000;
  hear("five");
  const texts = grouped(chat.view.entries).map((block) =>
    block.kind === "group" ? block.messages.map((message) => message.text).join() : block.kind,
  );
  expect(texts).toEqual(["one,two", "three", "four", "five"]);
});

test("a gap is shown once, and not before the first message", () => {
  chat.noteGap();
  expect(shown()).toEqual([]);
  hear("before");
  chat.noteGap();
  chat.noteGap();
  expect(shown()).toEqual(["before", "gap"]);
});

test.each([
  ["controls", "a\u0000b\u001bc\u007fd\u0085e", "abcde"],
  ["reordering", "pay \u202e0001\u202c to \u2066x\u2069", "pay 0001 to x"],
  ["invisible characters", "a\u200bb\u2060c\ufeffd\u00ad", "abcd"],
  ["half a surrogate pair", "a\ud83d", "a"],
  ["stacked marks", `e${"\u0301".repeat(50)}`, `é${"\u0301".repeat(4)}`],
  ["many empty lines", "a\r\n\n \n\n\nb", "a\n\nb"],
  ["space around", "  a\tb \n", "a b"],
])("%s do not reach the page", (_, text, expected) => {
  expect(cleaned(text, 1_000)).toBe(expected);
});

test.each(["👩🏽‍⚕️ 🏳️‍🌈", "می‌خواهم", "क्‍ष", "שָׁלוֹם", "中文\nかな"])("%s stays as it is", (text) => {
  expect(cleaned(text, 1_000)).toBe(text.normalize("NFC"));
});

test.each([
  ["https://rooms.example/a?b=c#d", ["https://rooms.example/a?b=c#d"]],
  ["see http://rooms.example.", ["http://rooms.example/"]],
  ["(https://rooms.example/wiki/Room_(building))", ["https://rooms.example/wiki/Room_(building)"]],
  ["https://a.example, https://b.example!", ["https://a.example/", "https://b.example/"]],
  ["javascript:alert(1) data:text/html,x file:///etc", []],
  ["https://bank.example@evil.example", []],
  ["https://", []],
  ['<a href="https://rooms.example">', ["https://rooms.example/"]],
])("the links of %s are %s", (text, expected) => {
  const parts = withLinks(text);
  expect(parts.flatMap((part) => (typeof part === "string" ? [] : [part.href]))).toEqual(expected);
  expect(parts.map((part) => (typeof part === "string" ? part : part.text)).join("")).toBe(text);
});

test("a link whose host imitates another one shows the host that the browser asks", () => {
  const [link] = withLinks("https://аpple.com/pay");
  expect(link).toEqual({ text: "https://xn--pple-43d.com/pay", href: "https://xn--pple-43d.com/pay" });
});
