/** What an app writes against the calling API, to be compiled and not run. */

import {
  type Call,
  CallClient,
  type CallEndReason,
  Features,
  LocalVideoStream,
  type RemoteParticipant,
  type RemoteVideoStream,
  VideoStreamRenderer,
} from "@azure/communication-calling";
import { AzureCommunicationTokenCredential, isCommunicationUserIdentifier } from "@azure/communication-common";
import { createStatefulCallClient, type StatefulCallClient } from "@azure/communication-react";

export const stateful: StatefulCallClient = createStatefulCallClient({ userId: { communicationUserId: "8:acs:x" } });

export async function join(token: string, roomId: string): Promise<Call> {
  const client = new CallClient({ diagnostics: { appName: "visits" } });
  const agent = await client.createCallAgent(new AzureCommunicationTokenCredential(token), { displayName: "Ada" });
  const devices = await client.getDeviceManager();
  await devices.askDevicePermission({ audio: true, video: true });
  const [camera] = await devices.getCameras();
  const localVideoStreams = camera ? [new LocalVideoStream(camera)] : [];
  const call = agent.join({ roomId }, { audioOptions: { muted: true }, videoOptions: { localVideoStreams } });
  call.on("stateChanged", () => end(call.callEndReason));
  call.on("remoteParticipantsUpdated", ({ added }) => added.forEach(show));
  call.feature(Features.Capabilities).on("capabilitiesChanged", ({ newValue }) => newValue.shareScreen?.isPresent);
  call.feature(Features.DominantSpeakers).dominantSpeakers.speakersList.filter(isCommunicationUserIdentifier);
  // @ts-expect-error There is no such event.
  call.on("nothing", () => {});
  return call;
}

function show(participant: RemoteParticipant): void {
  participant.videoStreams.forEach(render);
}

async function render(stream: RemoteVideoStream): Promise<HTMLElement> {
  const view = await new VideoStreamRenderer(stream).createView({ scalingMode: "Fit", isMirrored: false });
  return view.target;
}

const end = (reason: CallEndReason | undefined): number => reason?.code ?? 0;
