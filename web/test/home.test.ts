import { expect, test } from "vitest";
import { makeDemo, signed } from "../src/home/service";

const KEY = btoa("0123456789abcdef0123456789abcdef");

test("a request is signed as the service verifies it", async () => {
  const headers = await signed(KEY, "/rooms?api-version=2025-03-13", "{}", "localhost:8443", new Date(0));
  expect(headers).toMatchObject({
    "x-ms-date": "Thu, 01 Jan 1970 00:00:00 GMT",
    "x-ms-content-sha256": "RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=",
    Authorization: expect.stringMatching(
      /^HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=[\w+/]{43}=$/,
    ),
  });
});

test("a demo is a room with two people, and a link for each", async () => {
  const requests: [string, object][] = [];
  const demo = await makeDemo(`endpoint=https://x/;accesskey=${KEY}`, "x", async (target, init) => {
    requests.push([String(target), JSON.parse(String(init?.body))]);
    const number = requests.length;
    const answer =
      number < 3 ? { identity: { id: `8:acs:${number}` }, accessToken: { token: `t${number}` } } : { id: "7" };
    return new Response(JSON.stringify(answer), { status: 201 });
  });
  // The users are made at the same time, so either may be the first.
  const tokens = demo.map(({ link }) => link.replace("/call/7#t", ""));
  expect(tokens.toSorted()).toEqual(["1", "2"]);
  expect(demo.map(({ role }) => role)).toEqual(["Presenter", "Attendee"]);
  expect(requests[2]?.[1]).toMatchObject({
    participants: {
      [`8:acs:${tokens[0]}`]: { role: "Presenter" },
      [`8:acs:${tokens[1]}`]: { role: "Attendee" },
    },
  });
});

test("a refusal is an error", async () => {
  const refuse = async () => new Response("", { status: 401 });
  await expect(makeDemo(`endpoint=https://x/;accesskey=${KEY}`, "x", refuse)).rejects.toThrow("401");
});
