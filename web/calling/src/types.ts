/**
 * The public types: what an app compiles against. Names are those of Azure's web calling API, level 1.46; the shapes are
 * those that a call of a room needs.
 *
 * https://learn.microsoft.com/javascript/api/azure-communication-services/@azure/communication-calling
 */

import type {
  CommunicationIdentifier,
  CommunicationIdentifierKind,
  CommunicationTokenCredential,
  CommunicationUserIdentifier,
  CommunicationUserKind,
  MicrosoftTeamsAppIdentifier,
  MicrosoftTeamsAppKind,
  MicrosoftTeamsUserIdentifier,
  MicrosoftTeamsUserKind,
  PhoneNumberIdentifier,
  PhoneNumberKind,
  UnknownIdentifier,
  UnknownIdentifierKind,
} from "@azure/communication-common";

/** What `configure` takes. */
export interface Configuration {
  /** The address of openrooms, such as `https://rooms.example.com`. */
  readonly endpoint: string;
}

// ------------------------------------------------------------------------------------------------- events and features

export type PropertyChangedEvent = () => void;

export type CollectionUpdatedEvent<T> = (event: { added: T[]; removed: T[] }) => void;

/** Something with events; `Events` names each with its listener. */
export interface Observable<Events> {
  on<E extends keyof Events>(event: E, listener: Events[E]): void;
  off<E extends keyof Events>(event: E, listener: Events[E]): void;
}

declare const FEATURE: unique symbol;

/** Names a feature whose API is `T`; the values are those of `Features`. */
export interface FeatureFactory<T> {
  readonly name: string;
  readonly [FEATURE]?: T;
}

export interface CallFeature {
  readonly name: string;
}

export interface LatestValue<T> {
  readonly value: T;
  readonly valueType: "DiagnosticQuality" | "DiagnosticFlag";
}

// -------------------------------------------------------------------------------------------------------------- client

export interface CallClientOptions {
  diagnostics?: { appName?: string; appVersion?: string; tags?: string[] };
  logger?: unknown;
}

export interface CallAgentOptions {
  displayName?: string;
  emergencyCallOptions?: { countryCode: string };
}

export interface TeamsCallAgentOptions {
  emergencyCallOptions?: { countryCode: string };
}

export interface CallClient {
  createCallAgent(credential: CommunicationTokenCredential, options?: CallAgentOptions): Promise<CallAgent>;
  createTeamsCallAgent(
    credential: CommunicationTokenCredential,
    options?: TeamsCallAgentOptions,
  ): Promise<TeamsCallAgent>;
  getDeviceManager(): Promise<DeviceManager>;
  feature<T>(factory: FeatureFactory<T>): T;
  dispose(): Promise<void>;
}

export interface CallClientConstructor {
  new (options?: CallClientOptions): CallClient;
}

// --------------------------------------------------------------------------------------------------------------- agent

export interface RoomCallLocator {
  roomId: string;
}
export interface GroupCallLocator {
  groupId: string;
}
export interface GroupChatCallLocator {
  threadId: string;
}
export interface TeamsMeetingLinkLocator {
  meetingLink: string;
}
export interface TeamsMeetingIdLocator {
  meetingId: string;
  passcode?: string;
}
export interface TeamsMeetingCoordinatesLocator {
  threadId: string;
  organizerId: string;
  tenantId: string;
  messageId: string;
}
export type AnyLocator =
  | RoomCallLocator
  | GroupCallLocator
  | GroupChatCallLocator
  | TeamsMeetingLinkLocator
  | TeamsMeetingIdLocator
  | TeamsMeetingCoordinatesLocator;

export interface AudioOptions {
  muted?: boolean;
  localAudioStreams?: LocalAudioStream[];
}
export interface VideoOptions {
  localVideoStreams?: LocalVideoStream[];
  constraints?: VideoConstraints;
}
export interface JoinCallOptions {
  audioOptions?: AudioOptions;
  videoOptions?: VideoOptions;
}
export interface StartCallOptions extends JoinCallOptions {
  alternateCallerId?: PhoneNumberIdentifier;
  threadId?: string;
}
export interface AcceptCallOptions extends JoinCallOptions {}

export type ConnectionState = "Disconnected" | "Connecting" | "Connected";
export interface ConnectionStateChangedEventArgs {
  oldValue: ConnectionState;
  newValue: ConnectionState;
  reason?: "invalidToken" | "connectionIssue";
}
export type ConnectionStateChangedEvent = (args: ConnectionStateChangedEventArgs) => void;
export type CallsUpdatedEvent = CollectionUpdatedEvent<Call>;
export type IncomingCallEvent = (args: { incomingCall: IncomingCall }) => void;

export interface CallAgentEvents {
  callsUpdated: CallsUpdatedEvent;
  incomingCall: IncomingCallEvent;
  connectionStateChanged: ConnectionStateChangedEvent;
}

export type CallAgentKind = "CallAgent" | "TeamsCallAgent";
export type CallKind = "Call" | "TeamsCall";
export type IncomingCallKind = "IncomingCall" | "TeamsIncomingCall";

export interface CallAgentCommon {
  readonly connectionState: ConnectionState;
  feature<T>(factory: FeatureFactory<T>): T;
  dispose(): Promise<void>;
}

export interface CallAgent extends CallAgentCommon, Observable<CallAgentEvents> {
  readonly kind: "CallAgent";
  readonly calls: ReadonlyArray<Call>;
  readonly incomingCalls: ReadonlyArray<IncomingCall>;
  readonly displayName: string | undefined;
  join(locator: AnyLocator, options?: JoinCallOptions): Call;
  startCall(participants: CommunicationIdentifier[], options?: StartCallOptions): Call;
}

export interface TeamsCallAgent extends CallAgentCommon {
  readonly kind: "TeamsCallAgent";
  readonly calls: ReadonlyArray<TeamsCall>;
  readonly incomingCalls: ReadonlyArray<TeamsIncomingCall>;
  join(locator: AnyLocator, options?: JoinCallOptions): TeamsCall;
  startCall(participants: CommunicationIdentifier | CommunicationIdentifier[], options?: StartCallOptions): TeamsCall;
  on(event: "callsUpdated", listener: CollectionUpdatedEvent<TeamsCall>): void;
  on(event: "incomingCall", listener: (args: { incomingCall: TeamsIncomingCall }) => void): void;
  on(event: "connectionStateChanged", listener: ConnectionStateChangedEvent): void;
  off(event: "callsUpdated", listener: CollectionUpdatedEvent<TeamsCall>): void;
  off(event: "incomingCall", listener: (args: { incomingCall: TeamsIncomingCall }) => void): void;
  off(event: "connectionStateChanged", listener: ConnectionStateChangedEvent): void;
}

// ---------------------------------------------------------------------------------------------------------------- call

export type CallState =
  | "None"
  | "Connecting"
  | "Ringing"
  | "EarlyMedia"
  | "InLobby"
  | "Connected"
  | "LocalHold"
  | "RemoteHold"
  | "Disconnecting"
  | "Disconnected";

export type CallDirection = "Incoming" | "Outgoing";

export type ParticipantRole =
  | "Unknown"
  | "Attendee"
  | "Presenter"
  | "Consumer"
  | "Collaborator"
  | "Organizer"
  | "Co-organizer";

export interface CallEndReason {
  readonly code: number;
  readonly subCode?: number;
  readonly message?: string;
  readonly resultCategories?: string[];
}

export interface CallerInfo {
  readonly identifier?:
    | CommunicationUserKind
    | PhoneNumberKind
    | MicrosoftTeamsUserKind
    | MicrosoftTeamsAppKind
    | UnknownIdentifierKind;
  readonly displayName?: string;
}

export interface ParticipantInfo {
  readonly identifier: CommunicationIdentifierKind;
  readonly displayName?: string;
}

export interface CallInfo {
  readonly groupId: string | undefined;
  readonly threadId: string | undefined;
  readonly participantId: string;
  getServerCallId(): Promise<string>;
  getConversationUrl(): Promise<string>;
}
export interface TeamsCallInfo extends CallInfo {}
export interface TransferorInfo {
  readonly identifier: CommunicationIdentifierKind;
}

export interface HangUpOptions {
  forEveryone?: boolean;
}
export interface AddPhoneNumberOptions {
  alternateCallerId?: PhoneNumberIdentifier;
  threadId?: string;
}
export type AddCommunicationUserOptions = Record<string, never>;
export interface AddMicrosoftTeamsUserOptions {
  threadId?: string;
}
export interface AddTeamsParticipantOptions {
  threadId: string;
}

export type DtmfTone =
  | "Num0"
  | "Num1"
  | "Num2"
  | "Num3"
  | "Num4"
  | "Num5"
  | "Num6"
  | "Num7"
  | "Num8"
  | "Num9"
  | "Star"
  | "Pound"
  | "A"
  | "B"
  | "C"
  | "D"
  | "Flash";

export interface VideoSendConstraints {
  bitrate?: { max?: number };
  frameHeight?: { max?: number };
  frameRate?: { max?: number };
}
export interface VideoConstraints {
  send?: VideoSendConstraints;
}
export interface MediaConstraints {
  video?: VideoConstraints;
}
export interface ScreenShareOptions {
  disableSessionCapture?: boolean;
}

export type RoleChangedEvent = (args: { oldRole: ParticipantRole; newRole: ParticipantRole }) => void;

export interface CallEvents {
  stateChanged: PropertyChangedEvent;
  idChanged: PropertyChangedEvent;
  isMutedChanged: PropertyChangedEvent;
  isIncomingAudioMutedChanged: PropertyChangedEvent;
  isScreenSharingOnChanged: PropertyChangedEvent;
  isLocalVideoStartedChanged: PropertyChangedEvent;
  remoteParticipantsUpdated: CollectionUpdatedEvent<RemoteParticipant>;
  localVideoStreamsUpdated: CollectionUpdatedEvent<LocalVideoStream>;
  localAudioStreamsUpdated: CollectionUpdatedEvent<LocalAudioStream>;
  remoteAudioStreamsUpdated: CollectionUpdatedEvent<RemoteAudioStream>;
  roleChanged: RoleChangedEvent;
  mutedByOthers: PropertyChangedEvent;
}

export interface Lobby extends Observable<{ lobbyParticipantsUpdated: CollectionUpdatedEvent<RemoteParticipant> }> {
  readonly participants: ReadonlyArray<RemoteParticipant>;
  admit(identifier: CommunicationIdentifier): Promise<void>;
  reject(identifier: CommunicationIdentifier): Promise<void>;
  admitAll(): Promise<void>;
}

export interface CallCommon extends Observable<CallEvents> {
  readonly id: string;
  readonly callerInfo: CallerInfo;
  readonly state: CallState;
  readonly callEndReason?: CallEndReason | undefined;
  readonly direction: CallDirection;
  readonly isMuted: boolean;
  readonly isIncomingAudioMuted: boolean;
  readonly isScreenSharingOn: boolean;
  readonly isLocalVideoStarted: boolean;
  readonly localVideoStreams: ReadonlyArray<LocalVideoStream>;
  readonly localAudioStreams: ReadonlyArray<LocalAudioStream>;
  readonly remoteAudioStreams: ReadonlyArray<RemoteAudioStream>;
  readonly remoteParticipants: ReadonlyArray<RemoteParticipant>;
  readonly role: ParticipantRole;
  readonly lobby: Lobby;
  readonly transferorInfo?: TransferorInfo | undefined;
  feature<T>(factory: FeatureFactory<T>): T;
  hangUp(options?: HangUpOptions): Promise<void>;
  mute(): Promise<void>;
  unmute(): Promise<void>;
  muteIncomingAudio(): Promise<void>;
  unmuteIncomingAudio(): Promise<void>;
  muteAllRemoteParticipants(): Promise<void>;
  sendDtmf(tone: DtmfTone): Promise<void>;
  startVideo(stream: LocalVideoStream): Promise<void>;
  stopVideo(stream: LocalVideoStream): Promise<void>;
  startAudio(stream: LocalAudioStream): Promise<void>;
  stopAudio(): Promise<void>;
  startScreenSharing(stream?: LocalVideoStream, options?: ScreenShareOptions): Promise<void>;
  stopScreenSharing(): Promise<void>;
  hold(): Promise<void>;
  resume(): Promise<void>;
  removeParticipant(identifier: CommunicationIdentifier): Promise<void>;
  setConstraints(constraints: MediaConstraints): Promise<void>;
  dispose(): void;
}

export interface Call extends CallCommon {
  readonly kind: "Call";
  readonly info: CallInfo;
  addParticipant(identifier: CommunicationUserIdentifier, options?: AddCommunicationUserOptions): RemoteParticipant;
  addParticipant(identifier: PhoneNumberIdentifier, options?: AddPhoneNumberOptions): RemoteParticipant;
  addParticipant(
    identifier: MicrosoftTeamsUserIdentifier | MicrosoftTeamsAppIdentifier | UnknownIdentifier,
    options?: AddMicrosoftTeamsUserOptions,
  ): RemoteParticipant;
}

export interface TeamsCall extends CallCommon {
  readonly kind: "TeamsCall";
  readonly info: TeamsCallInfo;
  addParticipant(identifier: CommunicationIdentifier, options?: AddTeamsParticipantOptions): RemoteParticipant;
}

export interface IncomingCallCommon
  extends Observable<{ callEnded: (args: { callEndReason: CallEndReason }) => void }> {
  readonly id: string;
  readonly callerInfo: CallerInfo;
  readonly callEndReason?: CallEndReason | undefined;
  readonly info: CallInfo;
  reject(): Promise<void>;
}
export interface IncomingCall extends IncomingCallCommon {
  readonly kind: "IncomingCall";
  accept(options?: AcceptCallOptions): Promise<Call>;
}
export interface TeamsIncomingCall extends IncomingCallCommon {
  readonly kind: "TeamsIncomingCall";
  accept(options?: AcceptCallOptions): Promise<TeamsCall>;
}

// -------------------------------------------------------------------------------------------------------- participants

export type RemoteParticipantState =
  | "Idle"
  | "Connecting"
  | "Ringing"
  | "Connected"
  | "Hold"
  | "InLobby"
  | "EarlyMedia"
  | "Disconnected"
  | "Reconnecting";

export interface EndpointDetails {
  readonly participantId: string;
}

export interface RemoteParticipantEvents {
  stateChanged: PropertyChangedEvent;
  isMutedChanged: PropertyChangedEvent;
  displayNameChanged: PropertyChangedEvent;
  isSpeakingChanged: PropertyChangedEvent;
  roleChanged: PropertyChangedEvent;
  videoStreamsUpdated: CollectionUpdatedEvent<RemoteVideoStream>;
}

export interface RemoteParticipant extends Observable<RemoteParticipantEvents> {
  readonly identifier: CommunicationIdentifierKind;
  readonly displayName?: string | undefined;
  readonly state: RemoteParticipantState;
  readonly callEndReason?: CallEndReason | undefined;
  readonly videoStreams: ReadonlyArray<RemoteVideoStream>;
  readonly isMuted: boolean;
  readonly isSpeaking: boolean;
  readonly role: ParticipantRole;
  readonly endpointDetails: ReadonlyArray<EndpointDetails>;
  mute(): Promise<void>;
}

// ------------------------------------------------------------------------------------------------------------- streams

export type MediaStreamType = "Video" | "ScreenSharing" | "RawMedia" | "Audio";

export interface StreamSize {
  readonly width: number;
  readonly height: number;
}

export interface RemoteVideoStreamEvents {
  isAvailableChanged: PropertyChangedEvent;
  isReceivingChanged: PropertyChangedEvent;
  sizeChanged: PropertyChangedEvent;
}

export interface RemoteVideoStreamCommon extends Observable<RemoteVideoStreamEvents> {
  readonly id: number;
  readonly mediaStreamType: MediaStreamType;
  readonly isAvailable: boolean;
  readonly isReceiving: boolean;
  readonly size: StreamSize;
  getMediaStream(): Promise<MediaStream>;
}
export interface RemoteVideoStream extends RemoteVideoStreamCommon {
  readonly tsId?: number;
}

export interface RemoteAudioStream {
  readonly mediaStreamType: MediaStreamType;
  readonly isAvailable: boolean;
  getMediaStream(): Promise<MediaStream>;
  getVolume(): Promise<{ volume: number }>;
}

export interface LocalVideoStream extends Observable<{ videoSourceChanged: PropertyChangedEvent }> {
  readonly source: VideoDeviceInfo;
  readonly mediaStreamType: MediaStreamType;
  readonly isSending: boolean;
  switchSource(source: VideoDeviceInfo): Promise<void>;
  setMediaStream(stream: MediaStream): Promise<void>;
  getMediaStream(): Promise<MediaStream>;
  feature<T>(factory: FeatureFactory<T>): T;
  dispose(): void;
}
export interface LocalVideoStreamConstructor {
  new (source: VideoDeviceInfo | MediaStream): LocalVideoStream;
}

export interface LocalAudioStream extends Observable<{ audioSourceChanged: PropertyChangedEvent }> {
  readonly source: AudioDeviceInfo;
  readonly mediaStreamType: MediaStreamType;
  switchSource(source: AudioDeviceInfo): Promise<void>;
  setMediaStream(stream: MediaStream): Promise<void>;
  getMediaStream(): Promise<MediaStream>;
  getVolume(): Promise<{ volume: number }>;
  feature<T>(factory: FeatureFactory<T>): T;
  dispose(): void;
}
export interface LocalAudioStreamConstructor {
  new (source: AudioDeviceInfo | MediaStream): LocalAudioStream;
}

export type ScalingMode = "Stretch" | "Crop" | "Fit";

export interface CreateViewOptions {
  isMirrored?: boolean;
  scalingMode?: ScalingMode;
}

export interface VideoStreamRendererView {
  readonly scalingMode: ScalingMode;
  readonly isMirrored: boolean;
  readonly target: HTMLElement;
  updateScalingMode(scalingMode: ScalingMode): Promise<void>;
  dispose(): void;
}

export interface VideoStreamRenderer {
  readonly size: StreamSize;
  createView(options?: CreateViewOptions): Promise<VideoStreamRendererView>;
  dispose(): void;
}
export interface VideoStreamRendererConstructor {
  new (stream: LocalVideoStream | RemoteVideoStreamCommon): VideoStreamRenderer;
}

// ------------------------------------------------------------------------------------------------------------- devices

export type VideoDeviceType = "Unknown" | "USBCamera" | "CaptureAdapter" | "Virtual" | "ScreenSharing";
export type AudioDeviceType = "Microphone" | "Speaker" | "CompositeAudioDevice" | "Virtual";

export interface VideoDeviceInfo {
  readonly name: string;
  readonly id: string;
  readonly deviceType: VideoDeviceType;
}
export interface AudioDeviceInfo {
  readonly name: string;
  readonly id: string;
  readonly isSystemDefault: boolean;
  readonly deviceType: AudioDeviceType;
}
export interface PermissionConstraints {
  audio: boolean;
  video: boolean;
}
export interface DeviceAccess {
  audio: boolean;
  video: boolean;
}

export interface DeviceManagerEvents {
  videoDevicesUpdated: CollectionUpdatedEvent<VideoDeviceInfo>;
  audioDevicesUpdated: CollectionUpdatedEvent<AudioDeviceInfo>;
  selectedMicrophoneChanged: PropertyChangedEvent;
  selectedSpeakerChanged: PropertyChangedEvent;
}

export interface DeviceManager extends Observable<DeviceManagerEvents> {
  readonly isSpeakerSelectionAvailable: boolean;
  readonly selectedMicrophone?: AudioDeviceInfo | undefined;
  readonly selectedSpeaker?: AudioDeviceInfo | undefined;
  getCameras(): Promise<VideoDeviceInfo[]>;
  getMicrophones(): Promise<AudioDeviceInfo[]>;
  getSpeakers(): Promise<AudioDeviceInfo[]>;
  selectMicrophone(device: AudioDeviceInfo): Promise<void>;
  selectSpeaker(device: AudioDeviceInfo): Promise<void>;
  askDevicePermission(constraints: Partial<PermissionConstraints>): Promise<DeviceAccess>;
}

// -------------------------------------------------------------------------------------------------- feature: capabilities

export type ParticipantCapabilityName =
  | "turnVideoOn"
  | "unmuteMic"
  | "shareScreen"
  | "removeParticipant"
  | "hangUpForEveryOne"
  | "addTeamsUser"
  | "addCommunicationUser"
  | "addPhoneNumber"
  | "manageLobby"
  | "spotlightParticipant"
  | "removeParticipantsSpotlight"
  | "startLiveCaptions"
  | "stopLiveCaptions"
  | "setCaptionLanguage"
  | "raiseHand"
  | "muteOthers"
  | "useReactions"
  | "viewAttendeeNames"
  | "startTogetherMode"
  | "joinBreakoutRooms"
  | "pstnDialOut"
  | "forbidOthersAudio"
  | "forbidOthersVideo"
  | "blurBackground"
  | "customBackground";

export type CapabilityResolutionReason =
  | "Capable"
  | "CapabilityNotApplicableForTheCallType"
  | "ClientRestricted"
  | "UserPolicyRestricted"
  | "RoleRestricted"
  | "MeetingRestricted"
  | "FeatureNotSupported"
  | "NotInitialized"
  | "NotCapable"
  | "TeamsPremiumLicenseRestricted"
  | "ExplicitConsentRequired";

export interface ParticipantCapability {
  readonly isPresent: boolean;
  readonly reason: CapabilityResolutionReason;
}
export type ParticipantCapabilities = { readonly [Name in ParticipantCapabilityName]: ParticipantCapability };
export type CapabilitiesChangedReason = "RoleChanged" | "UserPolicyChanged" | "MeetingOptionOrOrganizerPolicyChanged";
export interface CapabilitiesChangeInfo {
  readonly oldValue: Partial<ParticipantCapabilities>;
  readonly newValue: Partial<ParticipantCapabilities>;
  readonly reason: CapabilitiesChangedReason;
}
export interface CapabilitiesFeature
  extends CallFeature,
    Observable<{ capabilitiesChanged: (info: CapabilitiesChangeInfo) => void }> {
  readonly capabilities: ParticipantCapabilities;
}

// -------------------------------------------------------------------------------------------------- feature: diagnostics

export enum DiagnosticQuality {
  Unknown = 0,
  Good = 1,
  Poor = 2,
  Bad = 3,
}

export type DiagnosticFlag = boolean;

export interface NetworkDiagnostics {
  networkReconnect: DiagnosticQuality;
  networkReceiveQuality: DiagnosticQuality;
  networkSendQuality: DiagnosticQuality;
  noNetwork: DiagnosticFlag;
  networkRelaysNotReachable: DiagnosticFlag;
}
export interface MediaDiagnostics {
  noSpeakerDevicesEnumerated: DiagnosticFlag;
  speakingWhileMicrophoneIsMuted: DiagnosticFlag;
  noMicrophoneDevicesEnumerated: DiagnosticFlag;
  cameraFreeze: DiagnosticFlag;
  speakerNotFunctioning: DiagnosticFlag;
  microphoneNotFunctioning: DiagnosticFlag;
  microphoneMuteUnexpectedly: DiagnosticFlag;
  cameraStartFailed: DiagnosticFlag;
  cameraStartTimedOut: DiagnosticFlag;
  capturerStartFailed: DiagnosticFlag;
  microphonePermissionDenied: DiagnosticFlag;
  cameraPermissionDenied: DiagnosticFlag;
  cameraStoppedUnexpectedly: DiagnosticFlag;
  capturerStoppedUnexpectedly: DiagnosticFlag;
  screenshareRecordingDisabled: DiagnosticFlag;
  speakerMuted: DiagnosticFlag;
  speakerVolumeZero: DiagnosticFlag;
}
export type LatestNetworkDiagnostics = {
  -readonly [D in keyof NetworkDiagnostics]?: LatestValue<NetworkDiagnostics[D]>;
};
export type LatestMediaDiagnostics = { -readonly [D in keyof MediaDiagnostics]?: LatestValue<MediaDiagnostics[D]> };
export interface DiagnosticChangedEventArgs<Diagnostics> {
  readonly diagnostic: keyof Diagnostics;
  readonly value: DiagnosticQuality | DiagnosticFlag;
  readonly valueType: "DiagnosticQuality" | "DiagnosticFlag";
}
export type NetworkDiagnosticChangedEventArgs = DiagnosticChangedEventArgs<NetworkDiagnostics>;
export type MediaDiagnosticChangedEventArgs = DiagnosticChangedEventArgs<MediaDiagnostics>;
export interface RemoteDiagnostic {
  readonly participantId: string;
  readonly rawId: string;
  readonly remoteParticipant?: RemoteParticipant;
  readonly diagnostic: string;
  readonly value: DiagnosticQuality | DiagnosticFlag;
  readonly valueType: "DiagnosticQuality" | "DiagnosticFlag";
}
export interface NetworkDiagnosticsFeature
  extends Observable<{ diagnosticChanged: (args: NetworkDiagnosticChangedEventArgs) => void }> {
  getLatest(): LatestNetworkDiagnostics;
}
export interface MediaDiagnosticsFeature
  extends Observable<{ diagnosticChanged: (args: MediaDiagnosticChangedEventArgs) => void }> {
  getLatest(): LatestMediaDiagnostics;
}
export interface RemoteDiagnosticsFeature
  extends Observable<{ diagnosticChanged: (args: { diagnostics: RemoteDiagnostic[] }) => void }> {
  readonly isSendingDiagnosticsEnabled: boolean;
  getLatest(): { diagnostics: RemoteDiagnostic[] };
  startSendingDiagnostics(): void;
  stopSendingDiagnostics(): void;
}
export interface UserFacingDiagnosticsFeature extends CallFeature {
  readonly network: NetworkDiagnosticsFeature;
  readonly media: MediaDiagnosticsFeature;
  readonly remote: RemoteDiagnosticsFeature;
}

// ------------------------------------------------------------------------------------------------ features: in the call

export interface DominantSpeakersInfo {
  readonly speakersList: CommunicationIdentifierKind[];
  readonly timestamp: Date;
}
export interface DominantSpeakersCallFeature
  extends CallFeature,
    Observable<{ dominantSpeakersChanged: PropertyChangedEvent }> {
  readonly dominantSpeakers: DominantSpeakersInfo;
}

export interface OptimalVideoCountCallFeature
  extends CallFeature,
    Observable<{ optimalVideoCountChanged: PropertyChangedEvent }> {
  readonly optimalVideoCount: number;
}

export interface RaisedHand {
  readonly identifier: CommunicationIdentifierKind;
  readonly order: number;
}
export type RaisedHandChangedEvent = (hand: RaisedHand) => void;
export interface RaiseHandCallFeature
  extends CallFeature,
    Observable<{ raisedHandEvent: RaisedHandChangedEvent; loweredHandEvent: RaisedHandChangedEvent }> {
  raiseHand(): Promise<void>;
  lowerHand(): Promise<void>;
  lowerHands(participants: CommunicationIdentifier[]): Promise<void>;
  lowerAllHands(): Promise<void>;
  getRaisedHands(): RaisedHand[];
}

export type Reaction = "like" | "heart" | "laugh" | "applause" | "surprised";
export interface ReactionMessage {
  readonly reactionType: Reaction;
  readonly name?: string;
}
export interface ReactionEventPayload {
  readonly identifier: string;
  readonly reactionMessage: ReactionMessage;
}
export interface ReactionCallFeature
  extends CallFeature,
    Observable<{ reaction: (event: ReactionEventPayload) => void }> {
  sendReaction(reaction: ReactionMessage): Promise<void>;
}

export enum RecordingState {
  Started = "Started",
  Paused = "Paused",
  Ended = "Ended",
}
export interface RecordingInfo {
  readonly state: RecordingState;
}
export interface RecordingCallFeature
  extends CallFeature,
    Observable<{
      isRecordingActiveChanged: PropertyChangedEvent;
      recordingsUpdated: CollectionUpdatedEvent<RecordingInfo>;
    }> {
  readonly isRecordingActive: boolean;
  readonly recordings: ReadonlyArray<RecordingInfo>;
}
export interface TranscriptionCallFeature
  extends CallFeature,
    Observable<{ isTranscriptionActiveChanged: PropertyChangedEvent }> {
  readonly isTranscriptionActive: boolean;
}

export type CaptionsKind = "Captions" | "TeamsCaptions";
export type CaptionsResultType = "Partial" | "Final";
export interface CaptionsInfo {
  readonly speaker: ParticipantInfo;
  readonly spokenText: string;
  readonly spokenLanguage: string;
  readonly resultType: CaptionsResultType;
  readonly timestamp: Date;
}
export interface TeamsCaptionsInfo extends CaptionsInfo {
  readonly captionText: string;
  readonly captionLanguage: string;
}
export interface StartCaptionsOptions {
  spokenLanguage: string;
}
export interface CaptionsEvents<Info> {
  CaptionsActiveChanged: PropertyChangedEvent;
  CaptionsReceived: (info: Info) => void;
  SpokenLanguageChanged: PropertyChangedEvent;
}
export interface Captions extends Observable<CaptionsEvents<CaptionsInfo>> {
  readonly kind: "Captions";
  readonly isCaptionsFeatureActive: boolean;
  readonly supportedSpokenLanguages: string[];
  readonly activeSpokenLanguage: string;
  startCaptions(options?: StartCaptionsOptions): Promise<void>;
  stopCaptions(): Promise<void>;
  setSpokenLanguage(language: string): Promise<void>;
}
export interface TeamsCaptions
  extends Observable<CaptionsEvents<TeamsCaptionsInfo> & { CaptionLanguageChanged: PropertyChangedEvent }> {
  readonly kind: "TeamsCaptions";
  readonly isCaptionsFeatureActive: boolean;
  readonly supportedSpokenLanguages: string[];
  readonly supportedCaptionLanguages: string[];
  readonly activeSpokenLanguage: string;
  readonly activeCaptionLanguage: string;
  startCaptions(options?: StartCaptionsOptions): Promise<void>;
  stopCaptions(): Promise<void>;
  setSpokenLanguage(language: string): Promise<void>;
  setCaptionLanguage(language: string): Promise<void>;
}
export interface CaptionsCallFeature extends CallFeature, Observable<{ CaptionsKindChanged: PropertyChangedEvent }> {
  readonly captions: Captions | TeamsCaptions;
}

export interface TransferEventArgs {
  readonly targetCall: Call;
}
export interface TransferCallFeature
  extends CallFeature,
    Observable<{ transferAccepted: (args: TransferEventArgs) => void }> {
  transfer(target: unknown, options?: unknown): never;
}

export interface SpotlightedParticipant {
  readonly identifier: CommunicationIdentifierKind;
  readonly order?: number;
}
export interface SpotlightCallFeature
  extends CallFeature,
    Observable<{ spotlightChanged: CollectionUpdatedEvent<SpotlightedParticipant> }> {
  readonly maxParticipantsToSpotlight: number;
  getSpotlightedParticipants(): SpotlightedParticipant[];
  startSpotlight(participants?: CommunicationIdentifier[]): Promise<void>;
  stopSpotlight(participants?: CommunicationIdentifier[]): Promise<void>;
  stopAllSpotlight(): Promise<void>;
}

export type BreakoutRoomState = "unknown" | "open" | "closed";
export interface BreakoutRoom {
  readonly displayName: string;
  readonly threadId: string;
  readonly state: BreakoutRoomState;
  readonly autoMoveParticipantToBreakoutRoom: boolean;
  readonly call?: Call | TeamsCall;
  readonly invitees?: CommunicationIdentifierKind[];
  join(): Promise<Call | TeamsCall>;
  returnToMainMeeting(): Promise<Call | TeamsCall>;
}
export interface BreakoutRoomsSettings {
  readonly disableReturnToMainMeeting: boolean;
  readonly roomEndTime?: string;
}
export type BreakoutRoomsEventData =
  | { type: "assignedBreakoutRooms"; data: BreakoutRoom | undefined }
  | { type: "breakoutRooms"; data: BreakoutRoom[] | undefined }
  | { type: "breakoutRoomsSettings"; data: BreakoutRoomsSettings | undefined }
  | { type: "join"; data: Call | TeamsCall };
export type BreakoutRoomsUpdatedListener = (event: BreakoutRoomsEventData) => void;
export interface BreakoutRoomsCallFeature
  extends CallFeature,
    Observable<{ breakoutRoomsUpdated: BreakoutRoomsUpdatedListener }> {
  readonly assignedBreakoutRooms?: BreakoutRoom | undefined;
  readonly breakoutRooms?: BreakoutRoom[] | undefined;
  readonly breakoutRoomsSettings?: BreakoutRoomsSettings | undefined;
}

export interface TogetherModeVideoStream extends RemoteVideoStreamCommon {}
export interface TogetherModeSeatingPosition {
  readonly top: number;
  readonly left: number;
  readonly width: number;
  readonly height: number;
}
export type TogetherModeSeatingMap = ReadonlyMap<string, TogetherModeSeatingPosition>;
export interface TogetherModeCallFeature
  extends CallFeature,
    Observable<{
      togetherModeStreamsUpdated: CollectionUpdatedEvent<TogetherModeVideoStream>;
      togetherModeSceneUpdated: (seating: TogetherModeSeatingMap) => void;
      togetherModeSeatingUpdated: (seating: TogetherModeSeatingMap) => void;
    }> {
  readonly togetherModeStream: ReadonlyArray<TogetherModeVideoStream>;
  readonly togetherModeSeatingMap: TogetherModeSeatingMap;
  sceneSize: StreamSize;
  start(): Promise<void>;
}

export interface MediaAccess {
  readonly participant: CommunicationIdentifierKind;
  readonly isAudioPermitted: boolean;
  readonly isVideoPermitted: boolean;
}
export interface MeetingMediaAccess {
  readonly isAudioPermitted: boolean;
  readonly isVideoPermitted: boolean;
}
export interface MediaAccessCallFeature
  extends CallFeature,
    Observable<{
      mediaAccessChanged: (args: { mediaAccesses: MediaAccess[] }) => void;
      meetingMediaAccessChanged: (args: { meetingMediaAccess: MeetingMediaAccess }) => void;
    }> {
  getAllOthersMediaAccess(): MediaAccess[];
  getMeetingMediaAccess(): MeetingMediaAccess;
  permitAudio(participants: CommunicationIdentifier[]): Promise<void>;
  forbidAudio(participants: CommunicationIdentifier[]): Promise<void>;
  permitOthersAudio(): Promise<void>;
  forbidOthersAudio(): Promise<void>;
  permitVideo(participants: CommunicationIdentifier[]): Promise<void>;
  forbidVideo(participants: CommunicationIdentifier[]): Promise<void>;
  permitOthersVideo(): Promise<void>;
  forbidOthersVideo(): Promise<void>;
}

export interface PPTLiveCallFeature extends CallFeature, Observable<{ isActiveChanged: PropertyChangedEvent }> {
  readonly isActive: boolean;
  readonly activePresenterId?: CommunicationIdentifierKind | undefined;
  readonly target?: HTMLElement | undefined;
}

export type RealTimeTextResultType = "Partial" | "Final";
export interface RealTimeTextInfo {
  readonly sequenceId: number;
  readonly sender: ParticipantInfo;
  readonly text: string;
  readonly resultType: RealTimeTextResultType;
  readonly receivedTimestamp?: Date;
  readonly updatedTimestamp?: Date;
  readonly isLocal: boolean;
}
export interface RealTimeTextFeature
  extends CallFeature,
    Observable<{ realTimeTextReceived: (info: RealTimeTextInfo) => void }> {
  sendRealTimeText(text: string, isFinalized?: boolean): Promise<void>;
}

export interface SurveyScore {
  readonly score?: number;
  readonly scale?: { lowerBound?: number; upperBound?: number; lowScoreThreshold?: number };
}
export type CallIssue = "CannotJoin" | "CannotInvite" | "HadToRejoin" | "CallEndedUnexpectedly" | "OtherIssues";
export type AudioIssue =
  | "NoLocalAudio"
  | "NoRemoteAudio"
  | "Echo"
  | "AudioNoise"
  | "LowVolume"
  | "AudioStoppedUnexpectedly"
  | "DistortedSpeech"
  | "AudioInterruption"
  | "OtherIssues";
export type VideoIssue =
  | "NoVideoReceived"
  | "NoVideoSent"
  | "LowQuality"
  | "Freezes"
  | "StoppedUnexpectedly"
  | "DarkVideoReceived"
  | "AudioVideoOutOfSync"
  | "OtherIssues";
export type ScreenShareIssue =
  | "NoContentLocal"
  | "NoContentRemote"
  | "CannotPresent"
  | "LowQuality"
  | "Freezes"
  | "StoppedUnexpectedly"
  | "LargeDelay"
  | "OtherIssues";
export interface SurveyRating<Issue> extends SurveyScore {
  readonly issues?: Issue[];
}
export interface CallSurvey {
  overallRating?: SurveyRating<CallIssue>;
  audioRating?: SurveyRating<AudioIssue>;
  videoRating?: SurveyRating<VideoIssue>;
  screenshareRating?: SurveyRating<ScreenShareIssue>;
}
export interface CallSurveyResponse extends CallSurvey {
  readonly callId: string;
  readonly localParticipantId: string;
  readonly id: string;
}
export interface CallSurveyFeature extends CallFeature {
  submitSurvey(survey: CallSurvey): Promise<CallSurveyResponse>;
}

export interface TeamsMeetingAudioConferencingDetails {
  readonly phoneConferenceId: string;
  readonly phoneNumbers: unknown[];
}
export interface TeamsMeetingAudioConferencingCallFeature extends CallFeature {
  getTeamsMeetingAudioConferencingDetails(): Promise<TeamsMeetingAudioConferencingDetails>;
}

export interface MediaStatsCollector
  extends Observable<{ sampleReported: (sample: unknown) => void; summaryReported: (summary: unknown) => void }> {
  dispose(): void;
}
export interface MediaStatsCallFeature extends CallFeature {
  createCollector(options?: { aggregationInterval?: number; dataPointsPerAggregation?: number }): MediaStatsCollector;
  disposeAllCollectors(): void;
}

export interface DataChannelCallFeature
  extends CallFeature,
    Observable<{ dataChannelReceiverCreated: (receiver: unknown) => void }> {
  createDataChannelSender(options?: unknown): never;
}

// ------------------------------------------------------------------------------------- features of streams and the client

export type VideoEffectName = string;
export interface VideoEffectProcessor {
  readonly name: VideoEffectName;
}
export interface VideoEffect {
  readonly name: VideoEffectName;
}
export interface BackgroundBlurConfig {
  blurLevel?: number;
}
export interface BackgroundReplacementConfig {
  backgroundImageUrl: string;
}
export interface BackgroundBlurEffect extends VideoEffectProcessor {
  configure(options: BackgroundBlurConfig): Promise<void>;
}
export interface BackgroundReplacementEffect extends VideoEffectProcessor {
  configure(options: BackgroundReplacementConfig): Promise<void>;
}
export interface VideoEffectErrorPayload {
  readonly code: string;
  readonly message: string;
}
export interface VideoEffectsFeature
  extends CallFeature,
    Observable<{
      effectsStarted: (effects: VideoEffectName[]) => void;
      effectsStopped: (effects: VideoEffectName[]) => void;
      effectsError: (error: VideoEffectErrorPayload) => void;
    }> {
  readonly activeEffects: VideoEffectName[];
  isSupported(effect: VideoEffect): Promise<boolean>;
  startEffects(effect: VideoEffect): Promise<void>;
  stopEffects(): Promise<void>;
}

export interface AudioEffect {
  readonly name: string;
}
export interface AudioEffectsStartConfig {
  autoGainControl?: boolean | AudioEffect;
  noiseSuppression?: boolean | AudioEffect;
  echoCancellation?: boolean | AudioEffect;
}
export type AudioEffectsStopConfig = { [E in keyof AudioEffectsStartConfig]?: true };
export interface AudioEffectsFeature
  extends CallFeature,
    Observable<{
      effectsStarted: (effects: string[]) => void;
      effectsStopped: (effects: string[]) => void;
      effectsError: (error: VideoEffectErrorPayload) => void;
    }> {
  readonly activeEffects: { autoGainControl?: string[]; noiseSuppression?: string[]; echoCancellation?: string[] };
  isSupported(effect: AudioEffect | "BrowserNoiseSuppression" | "BrowserEchoCancellation"): Promise<boolean>;
  startEffects(config: AudioEffectsStartConfig): Promise<void>;
  stopEffects(config: AudioEffectsStopConfig): Promise<void>;
}

export interface Environment {
  readonly platform: string;
  readonly browser: string;
  readonly browserVersion: string;
}
export interface EnvironmentInfo {
  readonly environment: Environment;
  readonly isSupportedPlatform: boolean;
  readonly isSupportedBrowser: boolean;
  readonly isSupportedBrowserVersion: boolean;
  readonly isSupportedEnvironment: boolean;
}
export interface DebugInfoFeature extends CallFeature {
  getEnvironmentInfo(): Promise<EnvironmentInfo>;
  getLastCallId(): string | undefined;
  getLastLocalParticipantId(): string | undefined;
  dumpDebugInfo(): { dump: unknown };
}

// ----------------------------------------------------------------------------------------------------- all the features

/** The features by name. */
export interface FeatureFactories {
  readonly AudioEffects: FeatureFactory<AudioEffectsFeature>;
  readonly BreakoutRooms: FeatureFactory<BreakoutRoomsCallFeature>;
  readonly CallSurvey: FeatureFactory<CallSurveyFeature>;
  readonly Capabilities: FeatureFactory<CapabilitiesFeature>;
  readonly Captions: FeatureFactory<CaptionsCallFeature>;
  readonly DataChannel: FeatureFactory<DataChannelCallFeature>;
  readonly DebugInfo: FeatureFactory<DebugInfoFeature>;
  readonly DominantSpeakers: FeatureFactory<DominantSpeakersCallFeature>;
  readonly MediaAccess: FeatureFactory<MediaAccessCallFeature>;
  readonly MediaStats: FeatureFactory<MediaStatsCallFeature>;
  readonly OptimalVideoCount: FeatureFactory<OptimalVideoCountCallFeature>;
  readonly PPTLive: FeatureFactory<PPTLiveCallFeature>;
  readonly RaiseHand: FeatureFactory<RaiseHandCallFeature>;
  readonly Reaction: FeatureFactory<ReactionCallFeature>;
  readonly RealTimeText: FeatureFactory<RealTimeTextFeature>;
  readonly Recording: FeatureFactory<RecordingCallFeature>;
  readonly Spotlight: FeatureFactory<SpotlightCallFeature>;
  readonly TeamsMeetingAudioConferencing: FeatureFactory<TeamsMeetingAudioConferencingCallFeature>;
  readonly TogetherMode: FeatureFactory<TogetherModeCallFeature>;
  readonly Transcription: FeatureFactory<TranscriptionCallFeature>;
  readonly Transfer: FeatureFactory<TransferCallFeature>;
  readonly UserFacingDiagnostics: FeatureFactory<UserFacingDiagnosticsFeature>;
  readonly VideoEffects: FeatureFactory<VideoEffectsFeature>;
}
