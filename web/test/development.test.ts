import { expect, test } from "vitest";
import {
  DevelopmentApi,
  type Fault,
  faultText,
  parseFault,
  type Recorded,
  SHOWN,
  withNewer,
} from "../src/console/development";
import { Service } from "../src/console/service";

const numbered = (number: number) => ({ number }) as Recorded;

test("a fault is read from a text and shown as one", () => {
  const fault = parseFault("operation=create_room; status=429, retryAfter=2 malformed=true userAgent=a=b");
  expect(fault).toEqual({ operation: "create_room", status: 429, retryAfter: 2, malformed: true, userAgent: "a=b" });
  const kept = { ...fault, id: "1", matched: 3, injected: 2 } as unknown as Fault;
  expect(faultText(kept)).toBe("operation=create_room status=429 retryAfter=2 malformed=true userAgent=a=b");
});

test("room ids stay texts", () => {
  expect(parseFault("room=99475330965778483")).toEqual({ room: "99475330965778483" });
});

test("only the newest requests stay", () => {
  const before = Array.from({ length: SHOWN }, (_, index) => numbered(index));
  const newer = withNewer(before, [numbered(SHOWN)]);
  expect([newer.length, newer[0]?.number, newer.at(-1)?.number]).toEqual([SHOWN, 1, SHOWN]);
});

test("requests are read, then waited for", async () => {
  const addresses: string[] = [];
  const send = async (address: RequestInfo | URL) => {
    addresses.push(String(address));
    return new Response('{"value":[],"newest":7}');
  };
  const api = new DevelopmentApi(new Service({ resource: "" }, send));
  await api.requests();
  await api.requests(7);
  expect(addresses).toEqual(["/openrooms/dev/requests?limit=200", "/openrooms/dev/requests?after=7&wait=8"]);
});
