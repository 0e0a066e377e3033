import { expect, test, vi } from "vitest";
import { Emitter } from "../src/emitter";

test("a listener that throws does not stop the others", () => {
  const complain = vi.spyOn(console, "error").mockImplementation(() => {});
  const emitter = new Emitter<{ happened: (what: string) => void }>();
  const heard: string[] = [];
  emitter.on("happened", () => {
    throw new Error("a fault of the app");
  });
  emitter.on("happened", (what) => heard.push(what));
  emitter.emit("happened", "it");
  expect(heard).toEqual(["it"]);
  expect(complain).toHaveBeenCalledOnce();
});

test("a listener is called once, until it is removed, even by itself", () => {
  const { on, off, emit } = bound();
  let heard = 0;
  const listener = () => {
    heard += 1;
    off("happened", listener);
  };
  on("happened", listener);
  on("happened", listener);
  emit();
  emit();
  expect(heard).toBe(1);
});

function bound() {
  const emitter = new Emitter<{ happened: () => void }>();
  // As an app does that copies them off the object.
  const { on, off } = emitter;
  return { on, off, emit: () => emitter.emit("happened") };
}
