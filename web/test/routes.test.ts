import { expect, test } from "vitest";
import { UNTESTED, verdictOf } from "../src/call/connectionTest";
import { endpointsIn, routeIn, turnServersIn } from "../src/call/routes";

const reports = (local: object, pair: object = {}) =>
  new Map<string, unknown>([
    ["T", { type: "transport", selectedCandidatePairId: "P" }],
    ["O", { type: "candidate-pair", id: "O", nominated: true, state: "succeeded", localCandidateId: "?" }],
    ["P", { type: "candidate-pair", id: "P", localCandidateId: "L", remoteCandidateId: "R", ...pair }],
    ["L", { type: "local-candidate", ...local }],
    ["R", { type: "remote-candidate", candidateType: "host", protocol: "udp", address: "203.0.113.10", port: 7882 }],
    ["S", { type: "remote-candidate", candidateType: "prflx", protocol: "udp", address: "10.0.0.1", port: 1 }],
  ]);

test.each([
  [
    { candidateType: "host", protocol: "udp" },
    { isRelayed: false, protocol: "udp" },
  ],
  [
    { candidateType: "host", protocol: "tcp" },
    { isRelayed: false, protocol: "tcp" },
  ],
  [
    { candidateType: "relay", protocol: "udp", relayProtocol: "tls" },
    { isRelayed: true, protocol: "tls" },
  ],
])("%j is the way %j", (local, expected) => {
  expect(routeIn(reports(local))).toEqual({ ...expected, remote: "203.0.113.10:7882", roundTrip: null });
});

test("the round trip is in milliseconds", () => {
  expect(routeIn(reports({ candidateType: "host" }, { currentRoundTripTime: 0.0214 }))?.roundTrip).toBe(21);
});

test("Firefox marks the pair instead of naming it", () => {
  const found = reports({ candidateType: "host", protocol: "udp" }, { selected: true });
  found.delete("T");
  expect(routeIn(found)?.remote).toBe("203.0.113.10:7882");
});

test("without a pair there is no way", () => {
  expect(routeIn(new Map())).toBeNull();
});

test("the media engine's own endpoints are known, not those that a network made up", () => {
  expect(endpointsIn(reports({}))).toEqual([{ protocol: "udp", host: "203.0.113.10", port: 7882 }]);
});

test("TURN servers are read from their addresses", () => {
  const addresses = [
    "turns:turn.rooms.example:443?transport=tcp",
    "turn:203.0.113.10:3478?transport=udp",
    "turn:[2001:db8::1]:3478?transport=udp",
    "turns:turn.rooms.example",
    "stun:stun.example:3478",
  ];
  expect(turnServersIn(addresses)).toEqual([
    { protocol: "tls", host: "turn.rooms.example", port: 443 },
    { protocol: "udp", host: "203.0.113.10", port: 3478 },
    { protocol: "udp", host: "2001:db8::1", port: 3478 },
    { protocol: "tls", host: "turn.rooms.example", port: 5349 },
  ]);
});

test.each([
  ["good", { signalling: "works", udp: "works" }],
  ["slower", { signalling: "works", udp: "blocked", tcp: "works" }],
  ["relayed", { signalling: "works", udp: "blocked", tcp: "blocked", turn: "works" }],
  ["noMedia", { signalling: "works", udp: "blocked", tcp: "blocked", turn: "absent" }],
  ["noSignalling", { signalling: "blocked" }],
] as const)("the verdict is %s with %j", (verdict, steps) => {
  expect(verdictOf({ ...UNTESTED, steps: { ...UNTESTED.steps, ...steps } })).toBe(verdict);
});
