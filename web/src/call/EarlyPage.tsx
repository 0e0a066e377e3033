/** The page before a room that opens in more than an hour: when, in the person's zone. It asks for no devices. */

import { CalendarClock, CalendarPlus } from "lucide-react";
import { useState } from "react";
import { day, span, zone } from "../languages/formats";
import { text } from "../languages/text";
import { face } from "../shared/countdown";
import { useNow } from "../shared/useNow";
import { Card } from "./Card";
import type { RoomFacts } from "./waiting";

interface Props {
  opensAt: Date;
  facts: RoomFacts | null;
  clock: () => number;
  /** Loads the calendar file; absent if the link is not an invitation. */
  loadCalendar: (() => Promise<Blob>) | undefined;
}

export function EarlyPage({ opensAt, facts, clock, loadCalendar }: Props) {
  const now = useNow(clock);
  const until = facts?.validUntil ?? null;
  return (
    <Card icon={CalendarClock} title={facts?.title || text("early.when")}>
      <p className="early-when">
        <strong>{day(opensAt)}</strong>
        <span>{span(opensAt, until)}</span>
        <span className="quiet">{zone(opensAt)}</span>
      </p>
      <p>{text("early.opensIn", { left: face(opensAt.getTime() - now) })}</p>
      <p className="quiet">{text("early.come")}</p>
      {loadCalendar && <CalendarButton load={loadCalendar} />}
    </Card>
  );
}

function CalendarButton({ load }: { load: () => Promise<Blob> }) {
  const [problem, setProblem] = useState("");
  const download = async () => {
    setProblem("");
    try {
      save(await load(), `${text("early.file")}.ics`);
    } catch {
      setProblem(text("early.calendar.failed"));
    }
  };
  return (
    <div className="actions">
      <button type="button" className="button primary" onClick={() => void download()}>
        <CalendarPlus aria-hidden="true" /> {text("early.calendar")}
      </button>
      <p role="alert">{problem}</p>
    </div>
  );
}

function save(file: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  // Browsers begin to read the file later.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
