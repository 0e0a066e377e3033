import { expect, test } from "vitest";
import { environmentOf } from "../src/features/debug";

const LINUX = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)";
const IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)";

test.each([
  [`${LINUX} Chrome/148.0.0.0 Safari/537.36`, "linux", "chrome", "148.0.0.0"],
  [`${LINUX} Chrome/148.0.0.0 Safari/537.36 Edg/148.0.1.0`, "linux", "edge", "148.0.1.0"],
  [`${IPHONE} Version/19.0 Mobile/15E148 Safari/604.1`, "ios", "safari", "19.0"],
  [`${IPHONE} CriOS/148.0 Mobile/15E148 Safari/604.1`, "ios", "chrome", "148.0"],
  ["Mozilla/5.0 (Windows NT 10.0; rv:150.0) Gecko/20100101 Firefox/150.0", "windows", "firefox", "150.0"],
  ["curl/8", "unknown", "unknown", ""],
])("%s", (userAgent, platform, browser, browserVersion) => {
  expect(environmentOf(userAgent, true).environment).toEqual({ platform, browser, browserVersion });
});
