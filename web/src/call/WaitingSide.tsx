/** What a person reads who asked to join: that they wait, for what, and what happens next. */

import { Hourglass, WifiOff } from "lucide-react";
import { timeOfDay } from "../languages/formats";
import { text } from "../languages/text";
import { Heading } from "../shared/Frame";
import type { LobbyProps } from "./Lobby";
import type { Waiting } from "./session";

type Props = Pick<LobbyProps, "leave"> & { phase: Waiting };

export function WaitingSide({ phase, leave }: Props) {
  const isAway = phase.awaits === "presenter";
  const title = text(isAway ? "waiting.hostAway" : "waiting.host");
  return (
    <>
      <span className="picture calm" aria-hidden="true">
        <Hourglass />
      </span>
      <Heading key={title}>{title}</Heading>
      <p>{text(isAway ? "waiting.nextAway" : "waiting.next")}</p>
      <p className="quiet">
        {text("waiting.off")} {text("waiting.ready")}
      </p>
      <div role="status">
        {!phase.isHeard && (
          <p className="warning with-icon">
            <WifiOff aria-hidden="true" /> {text("waiting.lost")}
          </p>
        )}
      </div>
      <p className="quiet">{text("waiting.since", { time: timeOfDay(phase.since) })}</p>
      <div className="actions">
        <button type="button" className="button" onClick={leave}>
          {text("waiting.leave")}
        </button>
      </div>
    </>
  );
}
