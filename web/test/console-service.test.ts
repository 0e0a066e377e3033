import { afterEach, expect, test, vi } from "vitest";
import { isAway, Service } from "../src/console/service";
import { Refusal } from "../src/shared/http";

afterEach(() => void vi.useRealTimers());

test.each([
  [0, "", true],
  [502, "", true],
  [503, "ServiceUnavailable", true],
  [503, "CallsOff", false],
  [404, "NotFound", false],
  [500, "InternalServerError", false],
])("%i %s: the service is away: %s", (status, code, expected) => {
  expect(isAway(new Refusal(status, "", code))).toBe(expected);
});

test("a service that went away is asked again until it is back", async () => {
  vi.useFakeTimers();
  let isUp = false;
  const requests: string[] = [];
  const service = new Service({ resource: "" }, async (address) => {
    requests.push(String(address));
    if (!isUp) throw new TypeError("Failed to fetch");
    return new Response("{}");
  });
  const news: boolean[] = [];
  service.subscribe(() => news.push(service.isAway()));
  await expect(service.ask("GET", "/rooms")).rejects.toThrow("did not answer");
  await expect(service.ask("GET", "/rooms")).rejects.toThrow("did not answer");
  await vi.advanceTimersByTimeAsync(3_000);
  isUp = true;
  await vi.advanceTimersByTimeAsync(60_000);
  const again = requests.filter((path) => path === "/openrooms/ready");
  expect([news, again.length]).toEqual([[true, false], 3]);
});
