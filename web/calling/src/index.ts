/** openrooms-calling: the JavaScript API of Azure's web calling, for the calls of rooms on openrooms. */

import { Client } from "./client";
import { Features as features } from "./features/names";
import { Renderer } from "./render";
import { configure as configureService } from "./service";
import { LocalAudio, LocalVideo } from "./streams";
import type * as types from "./types";

export * from "./types";

export const CallClient: types.CallClientConstructor = Client;
export const LocalVideoStream: types.LocalVideoStreamConstructor = LocalVideo;
export const LocalAudioStream: types.LocalAudioStreamConstructor = LocalAudio;
export const VideoStreamRenderer: types.VideoStreamRendererConstructor = Renderer;
export const Features: types.FeatureFactories = features;

export const CallKind = { Call: "Call", TeamsCall: "TeamsCall" } as const;
export const CallAgentKind = { CallAgent: "CallAgent", TeamsCallAgent: "TeamsCallAgent" } as const;
export const IncomingCallKind = { IncomingCall: "IncomingCall", TeamsIncomingCall: "TeamsIncomingCall" } as const;

/** Set the address of openrooms; by default, `globalThis.OPENROOMS_ENDPOINT`, a meta element or the page's origin. */
export const configure: (configuration: types.Configuration) => void = configureService;

// Each of these values has a type of the same name, which would hide it in an export with a star.
export type CallClient = types.CallClient;
export type LocalVideoStream = types.LocalVideoStream;
export type LocalAudioStream = types.LocalAudioStream;
export type VideoStreamRenderer = types.VideoStreamRenderer;
export type CallKind = types.CallKind;
export type CallAgentKind = types.CallAgentKind;
export type IncomingCallKind = types.IncomingCallKind;
