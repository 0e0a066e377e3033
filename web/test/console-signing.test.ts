import { describe, expect, it, test } from "vitest";
import { broughtBy, FAILED, nameOf, remember, returnPath, SignInApi } from "../src/console/signing";

const kept = new Map<string, string>();
globalThis.sessionStorage = {
  getItem: (key: string) => kept.get(key) ?? null,
  setItem: (key: string, value: string) => void kept.set(key, value),
  removeItem: (key: string) => void kept.delete(key),
} as Storage;

test.each([
  ["/console", "/console"],
  ["/console/rooms/99475330965778483", "/console/rooms/99475330965778483"],
  ["/console/audit?room=1", "/console/audit?room=1"],
  [null, "/console"],
  ["", "/console"],
  ["/", "/console"],
  ["/consoles", "/console"],
  ["/call/1", "/console"],
  ["//evil.example/console", "/console"],
  ["/console//evil.example", "/console"],
  ["/console/\\evil.example", "/console"],
  ["https://evil.example/console", "/console"],
  ["javascript:alert(1)", "/console"],
  ["/console/sign-in", "/console"],
  ["/console/callback?code=1&state=2", "/console"],
])("%j leads back to %j", (text, path) => {
  expect(returnPath(text)).toBe(path);
});

describe("what the address brings", () => {
  const secret = "a".repeat(43);
  const at = (pathname: string, search = "", hash = "") => broughtBy({ pathname, search, hash });

  it("is nothing on most pages", () => {
    expect(at("/console/rooms", "?code=1&state=2")).toBeNull();
    expect(at("/console", "", "#top")).toBeNull();
  });

  it("is the secret of a one-time link", () => {
    expect(at("/console", "", `#${secret}`)).toEqual({ proof: { secret }, to: "/console" });
    expect(at("/console/keys", "", `#${secret}`)).toEqual({ proof: { secret }, to: "/console/keys" });
  });

  it("is an issuer's answer, and the page from which it was asked for, once", () => {
    remember("/console/rooms/1");
    const proof = { code: "c", state: "s", iss: "https://login.example" };
    const search = "?code=c&state=s&iss=https%3A%2F%2Flogin.example";
    expect(at("/console/callback", search)).toEqual({ proof, to: "/console/rooms/1" });
    expect(at("/console/callback", "?code=c&state=s")).toEqual({ proof: { code: "c", state: "s" }, to: "/console" });
  });

  it("is a problem if the issuer sends neither", () => {
    expect(at("/console/callback")).toEqual({ problem: FAILED });
    expect(at("/console/callback", "?error=access_denied&state=s")).toEqual({
      problem: expect.stringContaining("not signed in"),
    });
  });
});

test.each([
  [{ displayName: "Ada", subject: "openid:https://x#1" }, "Ada"],
  [{ displayName: "", subject: "openid:https://x#1" }, "1"],
  [{ displayName: "", subject: "token:9f86" }, "One-time link"],
  [{ displayName: "", subject: "development" }, "Development"],
])("%j is called %j", (who, name) => {
  expect(nameOf(who)).toBe(name);
});

test("nobody is signed in if the service says so, and other errors are thrown", async () => {
  let status = 401;
  const api = new SignInApi(async () => new Response("{}", { status }));
  expect(await api.session()).toBeNull();
  status = 503;
  await expect(api.session()).rejects.toMatchObject({ status: 503 });
});

test("each request has the header that other origins cannot send", async () => {
  const sent: RequestInit[] = [];
  const api = new SignInApi(async (_, init) => {
    sent.push(init ?? {});
    return new Response(null, { status: 204 });
  });
  await api.signOut();
  expect(sent[0]).toMatchObject({ credentials: "same-origin", headers: { "openrooms-console": "1" } });
});
