/** Events of one object. `on` and `off` are bound, so that they work through a Proxy around the object. */

type Listener = (...args: never[]) => void;

export class Emitter<Events extends { [E in keyof Events]: Listener }> {
  readonly #listeners = new Map<keyof Events, Set<Listener>>();

  on = <E extends keyof Events>(event: E, listener: Events[E]): void => {
    const listeners = this.#listeners.get(event);
    if (listeners) listeners.add(listener);
    else this.#listeners.set(event, new Set<Listener>([listener]));
  };

  off = <E extends keyof Events>(event: E, listener: Events[E]): void => {
    this.#listeners.get(event)?.delete(listener);
  };

  /** Call every listener; one that throws is logged to the console and does not stop the others. */
  emit<E extends keyof Events>(event: E, ...args: Parameters<Events[E]>): void {
    for (const listener of [...(this.#listeners.get(event) ?? [])]) {
      try {
        listener(...args);
      } catch (error) {
        console.error(error);
      }
    }
  }

  /** Remove all listeners: apps often unsubscribe with a new `bind`, which removes nothing. */
  clear(): void {
    this.#listeners.clear();
  }
}
