import { Timer } from "lucide-react";
import { useCallback, useEffect, useRef } from "react";
import { text } from "../languages/text";
import { face, milestone, moment, urgency } from "../shared/countdown";
import { useNow } from "../shared/useNow";
import type { RoomService } from "./service";
import type { Say } from "./Toasts";

interface Props {
  validUntil: Date;
  service: RoomService;
  say: Say;
}

/** The time left in the room; near the end it is also announced. */
export function Clock({ validUntil, service, say }: Props) {
  const clock = useCallback(() => service.now(), [service]);
  const now = useNow(clock);
  const remaining = validUntil.getTime() - now;
  const before = useRef(remaining);

  useEffect(() => {
    const news = milestone(before.current, remaining);
    before.current = remaining;
    if (news) say(news);
  }, [remaining, say]);

  return (
    <p
      className={`clock ${urgency(remaining)}`}
      title={text("time.closesAt", { time: moment(validUntil, new Date(now)) })}
    >
      <Timer aria-hidden="true" />
      <span role="timer" aria-label={text("time.left")}>
        {face(remaining)}
      </span>
    </p>
  );
}
