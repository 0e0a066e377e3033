import { expect, test } from "vitest";
import { countries, countryOf, e164 } from "../src/shared/countries";
import { dialOut, identityOf, isLive, isPhone } from "../src/shared/dialOuts";
import { describe as words } from "../src/shared/dialOutWords";

const body = {
  id: "7c",
  phoneNumber: "+15551234567",
  state: "ringing",
  askedBy: "operator",
  since: "2026-03-14T09:00Z",
  answeredAt: null,
  outcome: null,
  sipStatus: null,
};

test.each([
  ["dialing", null, "Calling…", true],
  ["ringing", null, "Ringing…", true],
  ["inCall", null, "In the call", true],
  ["ended", "busy", "Busy", false],
  ["ended", "noAnswer", "No answer", false],
  ["ended", "hungUp", "Hung up", false],
  ["ended", "something new", "Ended", false],
])("%s with the outcome %s is shown as %s", (state, outcome, shown, live) => {
  const dial = dialOut({ ...body, state, outcome });
  expect(words(dial)).toBe(shown);
  expect(isLive(dial)).toBe(live);
});

test("a dial-out's telephone is found in the call", () => {
  expect(identityOf(dialOut(body))).toBe("4:anonymous_7c");
  expect(isPhone(identityOf(dialOut(body)))).toBe(true);
  expect(isPhone("8:acs:a_b")).toBe(false);
});

test.each([
  ["030 123456", "DE", "+4930123456"],
  ["(555) 123-4567", "US", "+15551234567"],
  ["+44 20 7183 8750", "US", "+442071838750"],
  ["12", "US", null],
  ["", "US", null],
  ["sip:alice", "US", null],
])("%j as written in %s is %s", (text, country, number) => {
  expect(e164(text, country)).toBe(number);
});

test("countries are named with their codes", () => {
  expect(countries("en")).toContainEqual({ code: "DE", label: "Germany (+49)" });
  expect(countryOf("de-AT")).toBe("AT");
  expect(countryOf("en")).toBe("US");
});
