import { Timer } from "lucide-react";
import { useCallback, useEffect, useRef } from "react";
import { text } from "../languages/text";
import { face, milestone, moment, urgency } from "../shared/countdown";
import type { Say } from "../shared/Toasts";
import { useNow } from "../shared/useNow";
import type { RoomService } from "./service";

interface Props {
  validUntil: Date;
  service: RoomService;
  say: Say;
}

// Milliseconds; a window that was set to the same time again has not moved.
const MOVED = 500;

/** The time left in the room; near the end, and when the end moves, it is also announced. */
export function Clock({ validUntil, service, say }: Props) {
  const clock = useCallback(() => service.now(), [service]);
  const now = useNow(clock);
  const until = validUntil.getTime();
  const remaining = until - now;
  const before = useRef({ until, remaining });

  useEffect(() => {
    const last = before.current;
    before.current = { until, remaining };
    const hasMoved = Math.abs(until - last.until) > MOVED;
    const news = hasMoved ? moved(validUntil, remaining, now) : milestone(last.remaining, remaining);
    if (news) say(news, remaining > 0 && urgency(remaining) !== "calm" ? "problem" : "news", "end");
  }, [until, remaining, validUntil, now, say]);

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

const moved = (until: Date, remaining: number, now: number) =>
  text("time.moved", { time: moment(until, new Date(now)), left: face(remaining) });
