/** The figures of the connection, for a person who wants to know, or whom a support desk asks. */

import { useConnectionQualityIndicator, useRoomContext } from "@livekit/components-react";
import type { Room } from "livekit-client";
import { Fragment, useEffect, useId, useRef, useState } from "react";
import { text } from "../languages/text";
import { CopyButton } from "./CopyButton";
import type { Role } from "./capabilities";
import { type Details, DetailsReader } from "./connectionDetails";
import { directionText, figureTexts, nameOfFlow, reportOf, summaryOf } from "./detailsText";
import type { Direction } from "./figures";
import { nameOf, roleOf } from "./people";
import type { Admission } from "./service";

interface Props {
  admission: Admission;
  close: () => void;
}

const EVERY = 2_000;

export function ConnectionDetails({ admission, close }: Props) {
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  const details = useDetails();
  const room = useRoomContext();
  const { quality } = useConnectionQualityIndicator({ participant: room.localParticipant });
  const words = text(`details.quality.${quality}`);
  useEffect(() => dialog.current?.showModal(), []);
  // A support desk need not know who the others are.
  const namelessly = (identity: string) => nameOf(undefined, roleIn(room, identity), identity);
  return (
    <dialog ref={dialog} className="dialog details" aria-labelledby={id} onClose={close}>
      <h2 id={id}>{text("details.title")}</h2>
      {details ? <Shown {...{ details, words }} /> : <p role="status">{text("details.measuring")}</p>}
      <div className="actions">
        {details && <CopyButton content={() => reportOf(details, words, headOf(admission), namelessly)} />}
        <button type="button" className="button primary" onClick={() => dialog.current?.close()}>
          {text("settings.done")}
        </button>
      </div>
    </dialog>
  );
}

/** Return the details, read again and again; null until there is a rate. */
function useDetails(): Details | null {
  const room = useRoomContext();
  const [details, setDetails] = useState<Details | null>(null);
  useEffect(() => {
    let isShown = true;
    let readings = 0;
    const reader = new DetailsReader(room);
    const read = async () => {
      // While the connection is made anew there is nothing to read.
      const found = await reader.read().catch(() => null);
      readings += 1;
      if (isShown && found && readings > 1) setDetails(found);
    };
    void read();
    const timer = setInterval(() => void read(), EVERY);
    return () => {
      isShown = false;
      clearInterval(timer);
    };
  }, [room]);
  return details;
}

function roleIn(room: Room, identity: string): Role | undefined {
  const participant = room.getParticipantByIdentity(identity);
  return participant && roleOf(participant);
}

const headOf = ({ roomId, identity }: Admission): string[] => [
  `${text("details.title")}, ${new Date().toISOString()}`,
  text("common.room", { id: roomId }),
  identity,
  navigator.userAgent,
];

function Shown({ details, words }: { details: Details; words: string }) {
  const room = useRoomContext();
  const shownName = (identity: string) =>
    nameOf(room.getParticipantByIdentity(identity)?.name, roleIn(room, identity), identity);
  return (
    <>
      <dl className="details-summary">
        {summaryOf(details, words).map(([name, value]) => (
          <div key={`${name} ${value}`}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <Flows details={details} direction="sent" nameOf={shownName} />
      <Flows details={details} direction="received" nameOf={shownName} />
      <p className="quiet">{text("details.help")}</p>
    </>
  );
}

interface FlowsProps {
  details: Details;
  direction: Direction;
  nameOf: (identity: string) => string;
}

function Flows({ details, direction, nameOf }: FlowsProps) {
  const flows = details.flows.filter((flow) => flow.direction === direction);
  if (flows.length === 0) return null;
  return (
    <section className="details-flows">
      <h3>{directionText(direction)}</h3>
      <ul>
        {flows.map((flow) => (
          <li key={flow.id}>
            <span>{nameOfFlow(flow, nameOf(flow.identity))}</span>
            <span className="quiet">
              {figureTexts(flow).map((figure, index) => (
                <Fragment key={figure}>
                  {index > 0 && " · "}
                  <bdi>{figure}</bdi>
                </Fragment>
              ))}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
