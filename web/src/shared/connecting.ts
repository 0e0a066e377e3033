/** Connecting to the media of a call. */

import type { Room, RoomConnectOptions } from "livekit-client";

// LiveKit alone tries without end if its path answers 404.
const LONGEST_CONNECT = 20_000;

interface Media {
  readonly mediaUrl: string;
  readonly mediaToken: string;
}

/** Connect the room; throw if that fails or takes longer than 20 seconds, in which case the caller disconnects it. */
export async function connect(room: Pick<Room, "connect">, media: Media, options?: RoomConnectOptions): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${LONGEST_CONNECT / 1_000} s`)), LONGEST_CONNECT);
  });
  const connecting = room.connect(media.mediaUrl, media.mediaToken, options);
  await Promise.race([connecting, late]).finally(() => clearTimeout(timer));
}

/** Tell whoever reads the browser's console what may block media, although the service admitted the person. */
export function reportUnconnected(mediaUrl: string, error: unknown): void {
  const problem = error instanceof Error ? error.message : String(error);
  console.error(
    `openrooms: the service admitted you, but its media connection ${mediaUrl} cannot be opened (${problem}). ` +
      "A proxy that passes /openrooms must pass /livekit too, with WebSockets.",
  );
}
