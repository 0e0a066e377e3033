/** `?relay=1` in the address of the page sends media only through a TURN server, to find out whether that works. */

import type { RoomConnectOptions } from "livekit-client";

/** Return whether the address of the page asks for media through a TURN server only. */
const isRelayForced = (search: string): boolean => new URLSearchParams(search).get("relay") === "1";

/** Return the options with which the page connects to the media engine. */
export const connectOptions = (search: string): RoomConnectOptions =>
  isRelayForced(search) ? { rtcConfig: { iceTransportPolicy: "relay" } } : {};
