/** Server-sent events, read from a response's body: https://html.spec.whatwg.org/multipage/server-sent-events.html */

export interface ServerEvent {
  readonly id: string;
  readonly type: string;
  readonly data: string;
}

/** Collects the lines of a stream into events; one event is at most as long as the stream sends it. */
export class EventParser {
  #rest = "";
  #id = "";
  #type = "";
  #data: string[] = [];

  /** Return the events that are complete with this piece of the stream. */
  take(piece: string): ServerEvent[] {
    const lines = (this.#rest + piece).split("\n");
    this.#rest = lines.pop() ?? "";
    return lines.flatMap((line) => this.#line(line.replace(/\r$/u, "")));
  }

  #line(line: string): ServerEvent[] {
    if (line === "") return this.#dispatch();
    // A line that begins with a colon is a comment, which keeps the connection open.
    const [, name, value] = /^([^:]+):? ?(.*)$/u.exec(line) ?? [];
    if (name === "id") this.#id = value ?? "";
    else if (name === "event") this.#type = value ?? "";
    else if (name === "data") this.#data.push(value ?? "");
    return [];
  }

  #dispatch(): ServerEvent[] {
    const event = { id: this.#id, type: this.#type || "message", data: this.#data.join("\n") };
    const isEmpty = this.#data.length === 0;
    this.#type = "";
    this.#data = [];
    return isEmpty ? [] : [event];
  }
}

/**
 * Read until the server ends the stream; throw if it breaks, or if nothing arrives for `patience` milliseconds.
 *
 * `onPiece` is called with the events of each piece that arrives, even if it has none.
 */
export async function readEvents(
  body: ReadableStream<Uint8Array>,
  patience: number,
  onPiece: (events: ServerEvent[]) => void,
): Promise<void> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const parser = new EventParser();
  try {
    while (true) {
      const { done, value } = await inTime(patience, reader.read());
      if (done) return;
      onPiece(parser.take(decoder.decode(value, { stream: true })));
    }
  } finally {
    // A stream that has failed already cannot be cancelled.
    await reader.cancel().catch(() => {});
  }
}

function inTime<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("The stream is silent.")), milliseconds);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
