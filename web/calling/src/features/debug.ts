/** Information about the browser, in own members, because apps copy them with `Object.assign`. */

import type { DebugInfoFeature, EnvironmentInfo } from "../types";

const BROWSERS: readonly (readonly [name: string, pattern: RegExp])[] = [
  ["edge", /Edg(?:e|A|iOS)?\/([\d.]+)/u],
  ["firefox", /(?:Firefox|FxiOS)\/([\d.]+)/u],
  ["chrome", /(?:Chrome|Chromium|CriOS)\/([\d.]+)/u],
  ["safari", /Version\/([\d.]+).*Safari\//u],
];
const PLATFORMS: readonly (readonly [name: string, pattern: RegExp])[] = [
  ["ios", /iPhone|iPad|iPod/u],
  ["android", /Android/u],
  ["windows", /Windows/u],
  ["mac", /Mac OS X/u],
  ["linux", /Linux|CrOS/u],
];

/** Return what the browser reports about itself. */
export function environmentOf(userAgent: string, hasMedia: boolean): EnvironmentInfo {
  const [browser, match] = firstMatch(BROWSERS, userAgent);
  const [platform] = firstMatch(PLATFORMS, userAgent);
  return {
    environment: { platform, browser, browserVersion: match?.[1] ?? "" },
    isSupportedPlatform: platform !== "unknown",
    isSupportedBrowser: hasMedia,
    isSupportedBrowserVersion: hasMedia,
    isSupportedEnvironment: hasMedia,
  };
}

function firstMatch(
  patterns: readonly (readonly [string, RegExp])[],
  text: string,
): readonly [string, RegExpExecArray | null] {
  for (const [name, pattern] of patterns) {
    const match = pattern.exec(text);
    if (match) return [name, match];
  }
  return ["unknown", null];
}

/** Return the feature; `last` returns the client's latest call. */
export function debugInfo(last: () => { callId?: string; participantId?: string }): DebugInfoFeature {
  return {
    name: "DebugInfo",
    getEnvironmentInfo: async () => {
      const hasMedia = typeof RTCPeerConnection !== "undefined" && typeof navigator !== "undefined";
      return environmentOf(typeof navigator === "undefined" ? "" : navigator.userAgent, hasMedia);
    },
    getLastCallId: () => last().callId,
    getLastLocalParticipantId: () => last().participantId,
    dumpDebugInfo: () => ({ dump: {} }),
  };
}
