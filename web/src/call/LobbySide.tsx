/** What the lobby says beside the preview: when the room is open, in which role, under which name. */

import { type ReactNode, useCallback, useEffect, useId, useState } from "react";
import { Text } from "../languages/Text";
import { text } from "../languages/text";
import { face, moment } from "../shared/countdown";
import { Heading } from "../shared/Frame";
import { useNow } from "../shared/useNow";
import { describeRole, roleName } from "./capabilities";
import type { LobbyProps } from "./Lobby";
import { nameOf } from "./people";
import type { Admission, Present, RoomService } from "./service";
import type { Lobby } from "./session";

type Props = Pick<LobbyProps, "joining" | "choices" | "choose" | "service" | "facts" | "givenName"> & {
  phase: Lobby;
  warnings: ReactNode;
};

export function LobbySide({ phase, joining, choices, choose, service, facts, givenName, warnings }: Props) {
  return (
    <>
      <Opening lobby={phase} service={service} until={facts?.validUntil ?? null} />
      {givenName ? (
        <p>
          <Text of="lobby.as" values={{ name: <strong>{givenName}</strong> }} />
        </p>
      ) : (
        <NameField value={choices.displayName} onChange={(displayName) => choose({ displayName })} />
      )}
      {warnings}
      <Join lobby={phase} joining={joining} />
    </>
  );
}

function Join({ lobby, joining }: { lobby: Lobby; joining: boolean }) {
  if (!lobby.admission && !lobby.awaits) {
    return (
      <p className="waiting" role="status">
        {text("lobby.joinWhenOpen")}
      </p>
    );
  }
  return (
    <button type="submit" className="button primary large" disabled={joining}>
      {text(joining ? "page.joining" : lobby.awaits ? "lobby.ask" : "lobby.join")}
    </button>
  );
}

function Opening({ lobby, service, until }: { lobby: Lobby; service: RoomService; until: Date | null }) {
  if (lobby.admission) return <Open admission={lobby.admission} service={service} until={until} />;
  if (lobby.awaits) {
    return (
      <>
        <Heading key="asks">{text("lobby.ready")}</Heading>
        <p>{text(lobby.awaits === "presenter" ? "lobby.asks.presenter" : "lobby.asks")}</p>
      </>
    );
  }
  return <Early opensAt={lobby.opensAt} service={service} />;
}

function Early({ opensAt, service }: { opensAt: Date | null; service: RoomService }) {
  const clock = useCallback(() => service.now(), [service]);
  const now = useNow(clock);
  const at = opensAt ?? new Date(now);
  return (
    <>
      <Heading key="early">{text("lobby.early")}</Heading>
      <p>
        <Text
          of="lobby.opens"
          values={{
            time: <strong>{moment(at, new Date(now))}</strong>,
            left: <span role="timer">{face(at.getTime() - now)}</span>,
          }}
        />
      </p>
    </>
  );
}

interface OpenProps {
  admission: Admission;
  service: RoomService;
  until: Date | null;
}

function Open({ admission, service, until }: OpenProps) {
  const clock = useCallback(() => service.now(), [service]);
  const now = useNow(clock);
  const { role } = admission;
  const validUntil = until ?? admission.validUntil;
  return (
    <>
      <Heading key="open">{text("lobby.ready")}</Heading>
      <p>
        <Text of="lobby.role" values={{ role: <strong>{roleName(role)}</strong>, may: describeRole(role) }} />
      </p>
      <p className="quiet">
        <Text
          of="lobby.openUntil"
          values={{
            time: moment(validUntil, new Date(now)),
            left: <span role="timer">{face(validUntil.getTime() - now)}</span>,
          }}
        />
      </p>
      <WhoIsThere admission={admission} service={service} />
    </>
  );
}

const LOOK = 10_000;

function WhoIsThere({ admission, service }: { admission: Admission; service: RoomService }) {
  const [present, setPresent] = useState<Present[] | null>(null);
  useEffect(() => {
    let gone = false;
    const look = async () => {
      const found = await service.present().catch(() => null);
      if (!gone) setPresent(found);
    };
    void look();
    const timer = setInterval(look, LOOK);
    return () => {
      gone = true;
      clearInterval(timer);
    };
  }, [service]);
  if (!present) return null;
  const others = present.filter((one) => one.rawId !== admission.identity);
  return (
    <p className="quiet" role="status">
      {gathering(others)}
    </p>
  );
}

/** Return one sentence about who is already in the call. */
function gathering(others: readonly Present[]): string {
  const [first] = others;
  if (!first) return text("lobby.alone");
  const name = nameOf(first.displayName, first.role, first.rawId);
  if (others.length === 1) return text("lobby.onePresent", { name });
  return text("lobby.severalPresent", { name, count: others.length - 1 });
}

function NameField({ value, onChange }: { value: string; onChange: (name: string) => void }) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{text("lobby.name")}</label>
      <input
        id={id}
        value={value}
        maxLength={64}
        autoComplete="name"
        placeholder={text("lobby.name.hint")}
        onChange={(event) => onChange(event.target.value)}
      />
    </div>
  );
}
