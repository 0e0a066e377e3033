/** The features by name. A value is compared by identity, so a page must have one copy of this package. */

import type { FeatureFactories } from "../types";

export const Features: FeatureFactories = {
  AudioEffects: { name: "AudioEffects" },
  BreakoutRooms: { name: "BreakoutRooms" },
  CallSurvey: { name: "CallSurvey" },
  Capabilities: { name: "Capabilities" },
  Captions: { name: "Captions" },
  DataChannel: { name: "DataChannel" },
  DebugInfo: { name: "DebugInfo" },
  DominantSpeakers: { name: "DominantSpeakers" },
  MediaAccess: { name: "MediaAccess" },
  MediaStats: { name: "MediaStats" },
  OptimalVideoCount: { name: "OptimalVideoCount" },
  PPTLive: { name: "PPTLive" },
  RaiseHand: { name: "RaiseHand" },
  Reaction: { name: "Reaction" },
  RealTimeText: { name: "RealTimeText" },
  Recording: { name: "Recording" },
  Spotlight: { name: "Spotlight" },
  TeamsMeetingAudioConferencing: { name: "TeamsMeetingAudioConferencing" },
  TogetherMode: { name: "TogetherMode" },
  Transcription: { name: "Transcription" },
  Transfer: { name: "Transfer" },
  UserFacingDiagnostics: { name: "UserFacingDiagnostics" },
  VideoEffects: { name: "VideoEffects" },
};
