/** A call with openrooms-calling, and the same with livekit-client alone, each with as little around it as can be. */

import { AzureCommunicationTokenCredential } from "@azure/communication-common";
import { Room, RoomEvent, type Track } from "livekit-client";
import {
  type CallAgent,
  CallClient,
  configure,
  type RemoteParticipant,
  VideoStreamRenderer,
  type VideoStreamRendererView,
} from "openrooms-calling";

interface Invitation {
  readonly endpoint: string;
  readonly roomId: string;
  readonly token: string;
  readonly mediaUrl: string;
  readonly mediaToken: string;
}

interface Side {
  /** Join; return the milliseconds until the call is connected. */
  join(invitation: Invitation): Promise<number>;
  leave(): Promise<void>;
}

const people = document.getElementById("people") as HTMLElement;

class Calling implements Side {
  #agent: CallAgent | null = null;

  async join({ endpoint, roomId, token }: Invitation): Promise<number> {
    configure({ endpoint });
    const agent = await new CallClient().createCallAgent(new AzureCommunicationTokenCredential(token));
    this.#agent = agent;
    const began = performance.now();
    const call = agent.join({ roomId }, { audioOptions: { muted: true } });
    call.on("remoteParticipantsUpdated", ({ added }) => added.forEach(show));
    await new Promise<void>((resolve, reject) => {
      call.on("stateChanged", () => {
        if (call.state === "Connected") resolve();
        if (call.state === "Disconnected") reject(new Error(JSON.stringify(call.callEndReason)));
      });
    });
    return performance.now() - began;
  }

  async leave(): Promise<void> {
    await this.#agent?.dispose();
    people.replaceChildren();
  }
}

function show(participant: RemoteParticipant): void {
  for (const stream of participant.videoStreams) {
    let view: VideoStreamRendererView | undefined;
    const render = async () => {
      view?.dispose();
      view = stream.isAvailable ? await new VideoStreamRenderer(stream).createView() : undefined;
      if (view) people.append(view.target);
    };
    stream.on("isAvailableChanged", render);
    void render();
  }
}

class Alone implements Side {
  #room: Room | null = null;

  async join({ mediaUrl, mediaToken }: Invitation): Promise<number> {
    const began = performance.now();
    const room = new Room({ adaptiveStream: true, dynacast: true });
    this.#room = room;
    room.on(RoomEvent.TrackSubscribed, (track: Track) => people.append(track.attach()));
    room.on(RoomEvent.TrackUnsubscribed, (track: Track) => {
      for (const element of track.detach()) element.remove();
    });
    await room.connect(mediaUrl, mediaToken);
    return performance.now() - began;
  }

  async leave(): Promise<void> {
    await this.#room?.disconnect();
    people.replaceChildren();
  }
}

const sides: Record<string, Side> = { calling: new Calling(), alone: new Alone() };

Object.assign(window, { sides });
