/** A room: its window and options, who is in its call and at its door, everyone who is invited, and all that can be done. */

import { useCallback, useEffect, useState } from "react";
import { Link, useLocation, useParams } from "wouter";
import { asRefusal } from "../shared/http";
import { useNow } from "../shared/useNow";
import type { RoomNames } from "./events/useRoomNames";
import { CopyButton } from "./parts";
import { STARTS, WAITING_ROOMS } from "./plan/OptionsFields";
import { StateChip } from "./RoomList";
import { ActionButton, ConfirmedAction } from "./room/ActionButton";
import { actions } from "./room/actions";
import { CallSection, DoorSection } from "./room/CallSection";
import { EditDialog, MoveDialog } from "./room/ChangeDialogs";
import { RoomShown, useRoomPage } from "./room/context";
import { HistorySections } from "./room/HistorySections";
import { PeopleSection } from "./room/PeopleSection";
import { loadRoom, type Room } from "./room/state";
import { stateOf } from "./rooms";
import type { Service } from "./service";
import { useMayWrite, useService, useSession } from "./session";
import { PageHead } from "./shell/PageHead";
import { lengthText, MINUTE, shortMoment, windowText, zoneText } from "./times";
import type { Change } from "./today/visits";
import { watchVisits } from "./today/watch";
import { useLoaded } from "./useLoaded";

// Changes are told at once; this is for what no event tells, such as links that were opened.
const LIVE = 10_000;
const STEPS = [5, 10, 15];
const NOT_FOUND = 404;
const COMMANDS = "openrooms-console-commands";

export function RoomView() {
  const service = useService();
  const { id = "" } = useParams();
  const [pages, setPages] = useState(1);
  const { hasCalls } = useSession().who;
  const [isGone, setGone] = useState(false);
  const load = useCallback(async () => {
    const found = await foundRoom(service, id, pages, hasCalls);
    setGone(found.room === null);
    return found;
  }, [service, id, pages, hasCalls]);
  // A room that was deleted stays deleted.
  const { value, problem, reload } = useLoaded(load, { ...(isGone ? {} : { every: LIVE }), key: `room ${id}` });
  useEffect(
    () =>
      watchVisits(service, (changes) => {
        if (changes.some((change) => concerns(change, id))) void reload();
      }),
    [service, id, reload],
  );
  const now = useNow(service.now);
  const [showsCommands, showCommands] = useShowsCommands();
  const room = value?.room ?? null;
  const waiting = room?.call.waitingCount ?? 0;
  const name = room?.title || `Room ${id}`;
  return (
    <article className="card console">
      <PageHead title={name} calls={waiting}>
        {room && <StateChip state={stateOf(room, now)} />}
      </PageHead>
      <p role="status" className="visually-hidden">
        {waiting > 0 && `${waiting} ${waiting === 1 ? "person waits" : "people wait"} to be admitted.`}
      </p>
      {problem && (
        <div role="alert">
          <p className="warning">{problem}</p>
          {!value && <Link href="/rooms">To the rooms</Link>}
        </div>
      )}
      {room && (
        <RoomShown value={{ room, now, reload, showsCommands }}>
          <Facts />
          <Changes />
          <DoorSection />
          {hasCalls && <CallSection />}
          <PeopleSection onMore={() => setPages(pages + 1)} />
          <label className="check">
            <input type="checkbox" checked={showsCommands} onChange={(event) => showCommands(event.target.checked)} />
            Show each action as a command
          </label>
        </RoomShown>
      )}
      {value && !room && (
        <p>
          There is no such room, or it was deleted. What is kept of it is below. <Link href="/rooms">To the rooms</Link>
        </p>
      )}
      {value && <HistorySections room={id} names={room && namesOf(room)} />}
    </article>
  );
}

interface Found {
  /** Null if it was deleted. */
  readonly room: Room | null;
}

async function foundRoom(service: Service, id: string, pages: number, hasCalls: boolean): Promise<Found> {
  try {
    return { room: await loadRoom(service, id, pages, hasCalls) };
  } catch (error) {
    if (asRefusal(error).status === NOT_FOUND) return { room: null };
    throw error;
  }
}

const namesOf = ({ title, people }: Room): RoomNames => ({
  title,
  people: new Map(people.map(({ rawId, name }) => [rawId, name])),
});

function concerns(change: Change, id: string): boolean {
  if (change.type === "reload") return true;
  return (change.type === "gone" ? change.id : change.visit.id) === id;
}

function useShowsCommands(): [boolean, (shows: boolean) => void] {
  const [shows, setShows] = useState(() => localStorage.getItem(COMMANDS) === "shown");
  const set = (wanted: boolean) => {
    localStorage.setItem(COMMANDS, wanted ? "shown" : "hidden");
    setShows(wanted);
  };
  return [shows, set];
}

function Facts() {
  const { room, now } = useRoomPage();
  const left = room.validUntil.getTime() - now;
  const until = room.validFrom.getTime() - now;
  return (
    <dl className="facts">
      <Fact name="When">
        {windowText(room.validFrom, room.validUntil)} <span className="quiet">{zoneText(room.validFrom)}</span>
        <br />
        {until > 0 && `Opens in ${lengthText(until)}.`}
        {until <= 0 && left > 0 && `Closes in ${left < MINUTE ? "less than a minute" : lengthText(left)}.`}
        {left <= 0 && `Closed ${lengthText(-left)} ago.`}
      </Fact>
      <Fact name="Rules">
        {WAITING_ROOMS[room.waitingRoom]}. {STARTS[room.startsWith]}.{" "}
        {room.extendBy > 0 && `Presenters may add ${room.extendBy} min, of which they have added ${room.extended}. `}
        {room.allowsPhones ? "Telephones may be called." : "No telephones."}
      </Fact>
      <Fact name="Id">
        <code>{room.id}</code> <CopyButton text={room.id} label="Copy" name="Copy the id of the room" />
        <span className="quiet">created {shortMoment(room.createdAt, new Date(now))}</span>
      </Fact>
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Changes() {
  const { room, now } = useRoomPage();
  const mayWrite = useMayWrite();
  const [, open] = useLocation();
  const [dialog, setDialog] = useState<"edit" | "move" | null>(null);
  if (!mayWrite) return null;
  const isUpcoming = stateOf(room, now) === "upcoming";
  return (
    <section aria-label="Changes" className="row-actions">
      {!isUpcoming &&
        STEPS.map((minutes) => (
          <ActionButton
            key={minutes}
            action={actions.extend(room.id, minutes, room.end)}
            label={`+${minutes} min`}
            name={`+${minutes} min longer`}
            done={`The room lasts ${minutes} minutes longer.`}
          />
        ))}
      <button type="button" className="button small" onClick={() => setDialog("move")}>
        Move
      </button>
      <button type="button" className="button small" onClick={() => setDialog("edit")}>
        Edit
      </button>
      <Link href={`/rooms/new?from=${room.id}`} className="button small">
        Duplicate
      </Link>
      <DeleteRoom onDeleted={() => open("/rooms", { replace: true })} />
      {dialog === "edit" && <EditDialog onClose={() => setDialog(null)} />}
      {dialog === "move" && <MoveDialog onClose={() => setDialog(null)} />}
    </section>
  );
}

function DeleteRoom({ onDeleted }: { onDeleted: () => void }) {
  const { room } = useRoomPage();
  const present = room.call.present.length;
  return (
    <ConfirmedAction
      action={actions.deleteRoom(room.id)}
      label="Delete"
      name="Delete the room"
      title={`Delete ${room.title || `room ${room.id}`}?`}
      confirm="Delete the room"
      done="The room is deleted."
      onDone={onDeleted}
    >
      <p>
        {present > 0 && `Its call ends at once for the ${present} in it. `}
        All its links stop working: people who open one read that the visit was cancelled. This cannot be taken back.
      </p>
    </ConfirmedAction>
  );
}
