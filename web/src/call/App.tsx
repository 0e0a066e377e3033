/** Chooses what to show for each phase of the call. */

import { RoomContext } from "@livekit/components-react";
import { Room, setLogLevel, VideoPresets } from "livekit-client";
import { useCallback, useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { type Key, text } from "../languages/text";
import { useNow } from "../shared/useNow";
import { type Choices, recall, remember } from "./choices";
import { EarlyPage } from "./EarlyPage";
import type { Embedder } from "./embedding";
import { Invited } from "./Invited";
import type { Invitation, Invited as InvitedPerson } from "./invitation";
import { Lobby, type LobbyProps } from "./Lobby";
import { isInvitation, type Link, type TokenLink } from "./link";
import { NoticePage } from "./NoticePage";
import { incompleteInvitation, incompleteLink } from "./notices";
import { connectOptions } from "./relay";
import { Stage } from "./Stage";
import { RoomService } from "./service";
import { CallSession, type Phase } from "./session";
import { Talk } from "./talk";
import { TalkContext } from "./useTalk";
import { WaitPage } from "./WaitPage";
import type { RoomFacts } from "./waiting";

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
  waiting: "waiting.page",
  joining: "page.joining",
  call: "page.call",
  "cut off": "page.cutOff",
} as const satisfies Record<Exclude<Phase["at"], "outside">, Key>;

function titleOf(phase: Phase, visit: string): string {
  if (phase.at === "outside") return phase.notice.title;
  const state = phase.at === "lobby" && phase.opensAt ? text("lobby.early") : text(TITLES[phase.at]);
  return visit ? `${state} · ${visit}` : state;
}

/** Show the state of the call, and the title of the visit, as the title of the page. */
function useTitle(phase: Phase, facts: RoomFacts | null): void {
  const visit = (phase.at === "call" ? phase.facts?.title : facts?.title) ?? "";
  useEffect(() => {
    document.title = titleOf(phase, visit);
  }, [phase, visit]);
}

interface AppProps {
  link: Link | null;
  embedder: Embedder;
}

export function App({ link, embedder }: AppProps) {
  if (!link) return <Incomplete embedder={embedder} />;
  if (!("secret" in link)) return <Call link={link} embedder={embedder} />;
  return (
    <Invited secret={link.secret} embedder={embedder}>
      {(invited, invitation) => <Call link={invited} {...{ invited, invitation, embedder }} />}
    </Invited>
  );
}

function Incomplete({ embedder }: { embedder: Embedder }) {
  const notice = isInvitation() ? incompleteInvitation() : incompleteLink();
  useEffect(() => embedder.stayOutside(notice.reason), [embedder, notice.reason]);
  return <NoticePage notice={notice} roomId={null} />;
}

/** Return the session of this page, which it asks at once and leaves with the page, and the person's choices for it. */
function useSession(service: RoomService, talk: Talk) {
  const [choices, setChoices] = useState(recall);
  // There is one session for a link; later choices are assigned to it.
  // biome-ignore lint/correctness/useExhaustiveDependencies: only the first choices create the session
  const session = useMemo(() => {
    const open = (chosen: Choices) => talk.follow(openRoom(chosen));
    return new CallSession(service, open, choices, connectOptions(location.search));
  }, [service]);

  useEffect(() => {
    void session.ask();
    const tell = () => session.setOnline(navigator.onLine);
    addEventListener("online", tell);
    addEventListener("offline", tell);
    return () => {
      removeEventListener("online", tell);
      removeEventListener("offline", tell);
      void session.leave();
    };
  }, [session]);

  const choose = useCallback(
    (change: Partial<Choices>) => {
      session.choices = { ...session.choices, ...change };
      remember(session.choices);
      setChoices(session.choices);
    },
    [session],
  );
  return { session, choices, choose };
}

interface CallProps {
  link: TokenLink;
  embedder: Embedder;
  invited?: InvitedPerson;
  invitation?: Invitation;
}

function Call({ link, embedder, invited, invitation }: CallProps) {
  const service = useMemo(() => new RoomService(link, undefined, invitation?.renew), [link, invitation]);
  const talk = useMemo(() => new Talk(() => service.now()), [service]);
  const { session, choices, choose } = useSession(service, talk);
  const phase = useSyncExternalStore(session.subscribe, () => session.phase);
  const facts = useSyncExternalStore(session.subscribe, () => session.facts);
  useTitle(phase, facts);
  useEffect(() => embedder.enter(phase, link.roomId), [embedder, phase, link]);

  switch (phase.at) {
    case "asking":
      return <WaitPage title={text("wait.lookingUp")} />;
    case "lobby":
    case "waiting":
    case "joining": {
      const shown = phase.at === "joining" ? phase.lobby : phase;
      if (!shown) return <WaitPage title={text("page.joining")} />;
      const calendar = invited && invitation ? () => invitation.calendar(invited) : undefined;
      return (
        <BeforeCall
          phase={shown}
          joining={phase.at === "joining"}
          {...{ choices, choose, service, facts }}
          join={() => void session.join()}
          leave={() => void session.leave()}
          givenName={invited?.displayName ?? ""}
          loadCalendar={calendar}
        />
      );
    }
    case "call":
      return (
        <RoomContext.Provider value={phase.room}>
          <TalkContext.Provider value={talk}>
            <Stage {...{ service, session, choices, choose }} admission={phase.admission} facts={phase.facts} />
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
          now={() => service.now()}
        />
      );
  }
}

// A person who comes this early goes away again, so the page asks for no devices.
const FAR = 3_600_000;

type BeforeProps = LobbyProps & { loadCalendar: (() => Promise<Blob>) | undefined };

function BeforeCall({ loadCalendar, ...props }: BeforeProps) {
  const { phase, service, facts } = props;
  const clock = useCallback(() => service.now(), [service]);
  const now = useNow(clock);
  const opensAt = phase.at === "lobby" ? phase.opensAt : null;
  if (opensAt && opensAt.getTime() - now > FAR) {
    return <EarlyPage opensAt={opensAt} facts={facts} clock={clock} loadCalendar={loadCalendar} />;
  }
  return <Lobby {...props} />;
}
