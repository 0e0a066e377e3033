import { Link } from "wouter";
import { isPhone } from "../../shared/dialOuts";
import { Table } from "../administration/Table";
import { duration, personText } from "../events/kinds";
import { clock } from "../times";
import { deviceText, endingText, type Stay } from "./stays";

interface Props {
  label: string;
  stays: readonly Stay[];
  /** Return the name that a roster has for somebody, or an empty text. */
  nameOf: (rawId: string) => string;
  now: number;
}

/** The stays of one call: who, from when to when, and how each ended. */
export function StayTable({ label, stays, nameOf, now }: Props) {
  return (
    <Table label={label} heads={["Who", "From, until", "How long", "How it ended"]}>
      {stays.map((stay) => (
        <tr key={stay.participantId}>
          <td>
            {isPhone(stay.rawId) ? (
              stay.rawId.replace("4:", "")
            ) : (
              <Link href={`/users/${encodeURIComponent(stay.rawId)}`}>
                {personText(stay.rawId, stay.displayName || nameOf(stay.rawId))}
              </Link>
            )}{" "}
            <span className="quiet">{[stay.role, deviceText(stay)].filter(Boolean).join(", ")}</span>
          </td>
          <td>
            {clock(new Date(stay.joinedAt))} – {stay.leftAt ? clock(new Date(stay.leftAt)) : "now"}
          </td>
          <td>{duration(stay.seconds ?? Math.max(0, now - Date.parse(stay.joinedAt)) / 1_000)}</td>
          <td>{stay.leftAt ? endingText(stay) : "is in the call"}</td>
        </tr>
      ))}
    </Table>
  );
}
