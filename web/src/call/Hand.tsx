/** Raised hands: one's own, and the mark that others see. */

import { useRoomContext } from "@livekit/components-react";
import { Hand } from "lucide-react";
import { text } from "../languages/text";
import type { Say } from "../shared/Toasts";
import { BarButton } from "./BarButton";
import { useHandOf, useTalk } from "./useTalk";

export function HandButton({ say }: { say: Say }) {
  const talk = useTalk();
  const { localParticipant } = useRoomContext();
  const isUp = useHandOf(localParticipant.identity) !== null;
  const toggle = () => {
    const done = isUp ? talk.lowerHand() : talk.raiseHand();
    done.catch(() => say(text("hand.failed"), "problem"));
  };
  return (
    <BarButton
      label={text("hand.title")}
      hint={text(isUp ? "hand.lower" : "hand.raise")}
      pressed={isUp}
      onClick={toggle}
    >
      <Hand />
    </BarButton>
  );
}

/** A raised hand with its place in the order, or nothing. */
export function HandMark({ identity }: { identity: string }) {
  const place = useHandOf(identity);
  if (place === null) return null;
  return (
    <span className="hand-mark" role="img" aria-label={text("hand.place", { place })} title={text("hand.up")}>
      <Hand aria-hidden="true" />
      <span aria-hidden="true">{place}</span>
    </span>
  );
}
