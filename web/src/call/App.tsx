/** Chooses what to show for each phase of the call. */

import { RoomContext } from "@livekit/components-react";
import { Room, setLogLevel, VideoPresets } from "livekit-client";
import { useCallback, useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { type Key, text } from "../languages/text";
import { type Choices, recall, remember } from "./choices";
import { Lobby } from "./Lobby";
import type { Link } from "./link";
import { NoticePage } from "./NoticePage";
import { incompleteLink } from "./notices";
import { connectOptions } from "./relay";
import { Stage } from "./Stage";
import { RoomService } from "./service";
import { CallSession, type Phase } from "./session";
import { Talk } from "./talk";
import { TalkContext } from "./useTalk";
import { WaitPage } from "./WaitPage";

setLogLevel("warn");

function openRoom(choices: Choices): Room {
  return new Room({
    adaptiveStream: true,
    dynacast: true,
    audioCaptureDefaults: choices.microphoneId ? { deviceId: choices.microphoneId } : {},
    videoCaptureDefaults: {
      resolution: VideoPresets.h720.resolution,
      ...(choices.cameraId ? { deviceId: choices.cameraId } : {}),
    },
    ...(choices.speakerId ? { audioOutput: { deviceId: choices.speakerId } } : {}),
  });
}

const TITLES = {
  asking: "page.asking",
  lobby: "page.lobby",
  joining: "page.joining",
  call: "page.call",
  "cut off": "page.cutOff",
} as const satisfies Record<Exclude<Phase["at"], "outside">, Key>;

export function App({ link }: { link: Link | null }) {
  return link ? <Call link={link} /> : <NoticePage notice={incompleteLink()} roomId={null} />;
}

function Call({ link }: { link: Link }) {
  const service = useMemo(() => new RoomService(link), [link]);
  const [choices, setChoices] = useState(recall);
  const talk = useMemo(() => new Talk(() => service.now()), [service]);
  // There is one session for a link; later choices are assigned to it.
  // biome-ignore lint/correctness/useExhaustiveDependencies: only the first choices create the session
  const session = useMemo(() => {
    const open = (chosen: Choices) => talk.follow(openRoom(chosen));
    return new CallSession(service, open, choices, connectOptions(location.search));
  }, [service]);
  const phase = useSyncExternalStore(session.subscribe, () => session.phase);

  useEffect(() => {
    void session.ask();
    const online = () => session.tryWhenOnline();
    addEventListener("online", online);
    return () => {
      removeEventListener("online", online);
      void session.leave();
    };
  }, [session]);

  useEffect(() => {
    document.title = phase.at === "outside" ? phase.notice.title : text(TITLES[phase.at]);
  }, [phase]);

  const choose = useCallback(
    (change: Partial<Choices>) => {
      session.choices = { ...session.choices, ...change };
      remember(session.choices);
      setChoices(session.choices);
    },
    [session],
  );

  switch (phase.at) {
    case "asking":
      return <WaitPage title={text("wait.lookingUp")} />;
    case "lobby":
    case "joining": {
      const lobby = phase.at === "lobby" ? phase : phase.lobby;
      if (!lobby) return <WaitPage title={text("page.joining")} />;
      return (
        <Lobby
          lobby={lobby}
          joining={phase.at === "joining"}
          choices={choices}
          choose={choose}
          join={() => void session.join()}
          service={service}
        />
      );
    }
    case "call":
      return (
        <RoomContext.Provider value={phase.room}>
          <TalkContext.Provider value={talk}>
            <Stage {...{ service, session, choices, choose }} admission={phase.admission} />
          </TalkContext.Provider>
        </RoomContext.Provider>
      );
    case "cut off":
      return (
        <WaitPage
          title={text("wait.cutOff")}
          explanation={text("wait.cutOff.text")}
          nextTry={phase.nextTry}
          onTry={() => session.tryNow()}
          onLeave={() => void session.leave()}
        />
      );
    case "outside":
      return (
        <NoticePage
          notice={phase.notice}
          nextTry={phase.nextTry}
          onWayOut={() => session.tryNow()}
          roomId={link.roomId}
        />
      );
  }
}
