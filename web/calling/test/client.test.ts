import { expect, test, vi } from "vitest";
import * as api from "../src/index";
import { endpoint } from "../src/service";

const credential = { getToken: async () => ({ token: "t", expiresOnTimestamp: 0 }), dispose: () => {} };

test("a client has one agent at a time, until it is disposed", async () => {
  const client = new api.CallClient();
  const agent = await client.createCallAgent(credential, { displayName: "Ada" });
  expect([agent.kind, agent.displayName, agent.connectionState]).toEqual(["CallAgent", "Ada", "Connected"]);
  await expect(client.createCallAgent(credential)).rejects.toMatchObject({ code: 409, subCode: 40228 });
  void agent.dispose();
  await client.createCallAgent(credential);
});

test("the device manager and each feature are always the same object", async () => {
  const client = new api.CallClient();
  expect(await client.getDeviceManager()).toBe(await client.getDeviceManager());
  expect(client.feature(api.Features.DebugInfo)).toBe(client.feature(api.Features.DebugInfo));
});

test("debug information can be copied member by member", async () => {
  const copied = Object.assign({}, new api.CallClient().feature(api.Features.DebugInfo));
  expect((await copied.getEnvironmentInfo()).environment.platform).toBe("unknown");
});

test("calls that are not of a room are refused", async () => {
  const client = new api.CallClient();
  const agent = await client.createCallAgent(credential);
  expect(() => agent.join({ groupId: "g" })).toThrow(/not supported/u);
  expect(() => agent.startCall([])).toThrow(/not supported/u);
  await expect(client.createTeamsCallAgent(credential)).rejects.toMatchObject({ code: 501 });
});

test("a call is returned at once, announced later, and ends with a bad token", async () => {
  vi.stubGlobal("fetch", async () =>
    Response.json({ error: { code: "TokenRefused", subCode: 4507 } }, { status: 401 }),
  );
  const agent = await new api.CallClient().createCallAgent(credential);
  const seen: string[] = [];
  agent.on("callsUpdated", ({ added, removed }) => seen.push(`+${added.length} -${removed.length}`));
  agent.on("connectionStateChanged", ({ newValue, reason }) => seen.push(`${newValue} ${reason}`));
  const call = agent.join({ roomId: "9941" });
  expect([call.state, agent.calls, seen]).toEqual(["None", [call], []]);
  await vi.waitFor(() => expect(call.state).toBe("Disconnected"));
  expect(call.callEndReason).toMatchObject({ code: 495, subCode: 4507 });
  expect(seen).toEqual(["+1 -0", "Disconnected invalidToken", "+0 -1"]);
  vi.unstubAllGlobals();
});

test("each request has the current token and its agent's endpoint", async () => {
  const asked: unknown[] = [];
  vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
    asked.push([url, (init.headers as Record<string, string>).Authorization]);
    return Response.json({ error: { code: "Forbidden", subCode: 5828 } }, { status: 403 });
  });
  api.configure({ endpoint: "https://rooms.example/" });
  let tokens = 0;
  const fresh = { getToken: async () => ({ token: `t${++tokens}`, expiresOnTimestamp: 0 }), dispose: () => {} };
  const agent = await new api.CallClient().createCallAgent(fresh);
  api.configure({ endpoint: "" });
  for (const _ of [1, 2]) {
    const call = agent.join({ roomId: " 9941 " });
    await vi.waitFor(() => expect(call.state).toBe("Disconnected"));
  }
  const address = "https://rooms.example/openrooms/rooms/9941/join";
  expect(asked).toEqual([
    [address, "Bearer t1"],
    [address, "Bearer t2"],
  ]);
  vi.unstubAllGlobals();
});

test("the endpoint is the configured one or the page's origin", () => {
  expect(endpoint()).toBe("");
  vi.stubGlobal("OPENROOMS_ENDPOINT", "https://a.example/");
  expect(endpoint()).toBe("https://a.example");
  api.configure({ endpoint: "https://b.example" });
  expect(endpoint()).toBe("https://b.example");
  api.configure({ endpoint: "" });
  vi.unstubAllGlobals();
});

test("a renderer accepts only our streams", () => {
  expect(() => new api.VideoStreamRenderer({} as api.LocalVideoStream)).toThrow(/not a LocalVideoStream/u);
});
