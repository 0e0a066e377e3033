import { beforeEach, expect, test } from "vitest";
import { recall, remember } from "../src/call/choices";
import { MemoryStorage } from "./memory";

let lasting: MemoryStorage;
let tab: MemoryStorage;
const stores = () => ({ lasting: lasting as unknown as Storage, tab: tab as unknown as Storage });
const forbidden = () => {
  throw new DOMException("no", "SecurityError");
};

beforeEach(() => {
  lasting = new MemoryStorage();
  tab = new MemoryStorage();
});

test("the first visit turns everything on", () => {
  expect(recall(stores)).toMatchObject({ microphone: true, camera: true, displayName: "" });
});

test("devices are remembered permanently, the name per tab", () => {
  remember({ ...recall(stores), displayName: "Ada", camera: false, cameraId: "front" }, stores);
  expect([...lasting.items.values()].join()).not.toContain("Ada");
  expect(recall(stores)).toMatchObject({ displayName: "Ada", camera: false, cameraId: "front" });
  tab = new MemoryStorage();
  expect(recall(stores)).toMatchObject({ displayName: "", camera: false, cameraId: "front" });
});

test("missing or invalid storage gives the default choices", () => {
  expect(() => remember(recall(forbidden), forbidden)).not.toThrow();
  lasting.setItem("openrooms.devices", "{");
  expect(recall(stores)).toMatchObject({ microphone: true, camera: true });
});
