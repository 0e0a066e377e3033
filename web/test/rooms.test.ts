import { expect, test } from "vitest";
import { onThisOrigin, readPages } from "../src/console/paging";
import { filterOf, listPath, queryOf, stateOf } from "../src/console/rooms";
import { Service } from "../src/console/service";

const TEN = Date.parse("2026-03-14T10:00:00Z");
const ELEVEN = Date.parse("2026-03-14T11:00:00Z");

test.each([
  [TEN - 1, "upcoming"],
  [TEN, "open"],
  [ELEVEN - 1, "open"],
  [ELEVEN, "closed"],
])("at %i the room is %s", (now, state) => {
  expect(stateOf({ validFrom: new Date(TEN), validUntil: new Date(ELEVEN) }, now)).toBe(state);
});

test.each([
  ["", "/openrooms/rooms?from=2026-03-14T10%3A00%3A00.000Z"],
  ["state=all", "/openrooms/rooms?"],
  ["state=inCall&q=dr+okafor", "/openrooms/rooms?state=inCall&q=dr+okafor"],
  ["state=ended", "/openrooms/rooms?state=ended&order=newestFirst"],
  ["day=2026-03-14", "/openrooms/rooms?from=2026-03-14T00%3A00%3A00.000Z&until=2026-03-15T00%3A00%3A00.000Z"],
  ["state=nonsense&day=tomorrow", "/openrooms/rooms?from=2026-03-14T10%3A00%3A00.000Z"],
])("the address %j asks for %s", (query, path) => {
  expect(listPath(filterOf(new URLSearchParams(query)), TEN)).toBe(path);
});

test.each(["", "state=open", "state=all&q=a+b&day=2026-03-14&pages=3"])(
  "the filter of %j is kept in the address",
  (query) => {
    expect(new URLSearchParams(queryOf(filterOf(new URLSearchParams(query)))).toString()).toBe(query);
  },
);

test.each([
  [undefined, null],
  ["https://contoso.example/rooms?a=1&b=2", "/rooms?a=1&b=2"],
  ["/rooms?token=x", "/rooms?token=x"],
])("the next page of %j is %j", (link, path) => {
  expect(onThisOrigin(link)).toBe(path);
});

test("further pages are read from their links", async () => {
  const requests: string[] = [];
  const send = async (address: RequestInfo | URL) => {
    requests.push(String(address));
    return new Response(
      JSON.stringify({ value: [requests.length], nextLink: `https://elsewhere.example/b?n=${requests.length}` }),
    );
  };
  const pages = await readPages<{ value: number[]; nextLink?: string }>(new Service({ resource: "" }, send), "/a", 3);
  expect(requests).toEqual(["/a", "/b?n=1", "/b?n=2"]);
  expect(pages.flatMap(({ value }) => value)).toEqual([1, 2, 3]);
});
