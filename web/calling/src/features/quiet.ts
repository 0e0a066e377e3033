/**
 * Features that a call of a room does not have. Apps subscribe to them without asking, so they accept listeners and
 * report that nothing is there; their methods are refused.
 */

import { notSupported } from "../errors";
import { newId } from "../ids";
import type * as types from "../types";
import type { Inside } from "./inside";

/** There are never any events, so listeners are not kept. */
const silent = { on: () => {}, off: () => {} };

const refuse = (what: string) => async () => {
  throw notSupported(what);
};
const throws = (what: string) => () => {
  throw notSupported(what);
};

export const optimalVideoCount = (): types.OptimalVideoCountCallFeature => ({
  name: "OptimalVideoCount",
  optimalVideoCount: 9,
  ...silent,
});

export const recording = (): types.RecordingCallFeature => ({
  name: "Recording",
  isRecordingActive: false,
  recordings: [],
  ...silent,
});

export const transcription = (): types.TranscriptionCallFeature => ({
  name: "Transcription",
  isTranscriptionActive: false,
  ...silent,
});

export const captions = (): types.CaptionsCallFeature => ({
  name: "Captions",
  captions: {
    kind: "Captions",
    isCaptionsFeatureActive: false,
    supportedSpokenLanguages: [],
    activeSpokenLanguage: "",
    startCaptions: refuse("A caption"),
    stopCaptions: async () => {},
    setSpokenLanguage: refuse("A caption"),
    ...silent,
  },
  ...silent,
});

export const transfer = (): types.TransferCallFeature => ({
  name: "Transfer",
  transfer: throws("A transfer"),
  ...silent,
});

export const spotlight = (): types.SpotlightCallFeature => ({
  name: "Spotlight",
  maxParticipantsToSpotlight: 0,
  getSpotlightedParticipants: () => [],
  startSpotlight: refuse("A spotlight"),
  stopSpotlight: async () => {},
  stopAllSpotlight: async () => {},
  ...silent,
});

export const breakoutRooms = (): types.BreakoutRoomsCallFeature => ({ name: "BreakoutRooms", ...silent });

export const togetherMode = (): types.TogetherModeCallFeature => ({
  name: "TogetherMode",
  togetherModeStream: [],
  togetherModeSeatingMap: new Map(),
  sceneSize: { width: 0, height: 0 },
  start: refuse("Together mode"),
  ...silent,
});

export const mediaAccess = (): types.MediaAccessCallFeature => ({
  name: "MediaAccess",
  getAllOthersMediaAccess: () => [],
  getMeetingMediaAccess: () => ({ isAudioPermitted: true, isVideoPermitted: true }),
  permitAudio: refuse("Media access"),
  forbidAudio: refuse("Media access"),
  permitOthersAudio: refuse("Media access"),
  forbidOthersAudio: refuse("Media access"),
  permitVideo: refuse("Media access"),
  forbidVideo: refuse("Media access"),
  permitOthersVideo: refuse("Media access"),
  forbidOthersVideo: refuse("Media access"),
  ...silent,
});

export const pptLive = (): types.PPTLiveCallFeature => ({ name: "PPTLive", isActive: false, ...silent });

export const realTimeText = (): types.RealTimeTextFeature => ({
  name: "RealTimeText",
  sendRealTimeText: refuse("Real-time text"),
  ...silent,
});

/** Accepts a survey without keeping it: openrooms does not collect them. */
export const callSurvey = (inside: Inside): types.CallSurveyFeature => ({
  name: "CallSurvey",
  submitSurvey: async (survey) => ({
    ...survey,
    id: newId(),
    callId: inside.call.id,
    localParticipantId: inside.call.info.participantId,
  }),
});

export const teamsMeetingAudioConferencing = (): types.TeamsMeetingAudioConferencingCallFeature => ({
  name: "TeamsMeetingAudioConferencing",
  getTeamsMeetingAudioConferencingDetails: refuse("Teams audio conferencing"),
});

export const mediaStats = (): types.MediaStatsCallFeature => ({
  name: "MediaStats",
  createCollector: () => ({ ...silent, dispose: () => {} }),
  disposeAllCollectors: () => {},
});

export const dataChannel = (): types.DataChannelCallFeature => ({
  name: "DataChannel",
  createDataChannelSender: throws("A data channel"),
  ...silent,
});
