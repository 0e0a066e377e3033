import { ArrowLeft, Check, X } from "lucide-react";
import { type FormEvent, useCallback, useId, useRef, useState } from "react";
import { ConfirmDialog } from "../shared/ConfirmDialog";
import { moment } from "../shared/countdown";
import { DialForm } from "../shared/DialForm";
import { type DialOut, identityOf, isLive } from "../shared/dialOuts";
import { describe } from "../shared/dialOutWords";
import { Heading } from "../shared/Frame";
import { asRefusal } from "../shared/http";
import { useNow } from "../shared/useNow";
import { StateChip } from "./RoomList";
import { type Invited, type Present, type Room, type RoomsApi, stateOf, type Why } from "./rooms";
import { useLoaded } from "./useLoaded";
import { usePages } from "./usePages";

interface Props {
  api: RoomsApi;
  id: string;
  onBack: () => void;
}

const LIVE = 3_000;

export function RoomView({ api, id, onBack }: Props) {
  const room = useLoaded(
    useCallback(() => api.room(id), [api, id]),
    LIVE * 5,
  );
  const now = useNow(api.now);
  const today = new Date(now);
  return (
    <section className="card console">
      <button type="button" className="button small back" onClick={onBack}>
        <ArrowLeft aria-hidden="true" /> All rooms
      </button>
      <div className="console-head">
        <Heading>Room {id}</Heading>
        {room.value && <StateChip state={stateOf(room.value, now)} />}
      </div>
      {room.problem && (
        <p className="warning" role="alert">
          {room.problem}
        </p>
      )}
      {room.value && (
        <>
          <p>
            Open from <strong>{moment(room.value.validFrom, today)}</strong> until{" "}
            <strong>{moment(room.value.validUntil, today)}</strong>. Created {moment(room.value.createdAt, today)}.
          </p>
          <Call api={api} room={room.value} today={today} now={now} />
          <Roster api={api} id={id} />
        </>
      )}
    </section>
  );
}

function Call({ api, room, today, now }: { api: RoomsApi; room: Room; today: Date; now: number }) {
  const id = room.id;
  const { value, problem, reload } = useLoaded(
    useCallback(() => api.call(id), [api, id]),
    LIVE,
  );
  const count = value?.present.length ?? 0;
  const [failure, setFailure] = useState("");
  const ending = useRef<HTMLDialogElement>(null);
  const act = async (deed: Promise<void>) => {
    try {
      await deed;
      setFailure("");
    } catch (error) {
      setFailure(asRefusal(error).message);
    }
    await reload();
  };
  return (
    <section aria-label="The call">
      <div className="console-head">
        <h2>{count ? `In the call (${count})` : "Nobody is in the call"}</h2>
        {count > 0 && (
          <button type="button" className="button small" onClick={() => ending.current?.showModal()}>
            End the call
          </button>
        )}
      </div>
      {(failure || problem) && (
        <p className="warning" role="alert">
          {failure || problem}
        </p>
      )}
      <ul className="rows">
        {value?.present.map((person) => (
          <PresentRow
            key={person.rawId}
            present={person}
            today={today}
            onRemove={() => void act(api.remove(id, person.rawId))}
          />
        ))}
      </ul>
      <ConfirmDialog
        dialog={ending}
        title="End the call for everyone?"
        explanation="Everybody is disconnected at once. The room stays open, so people on its roster can begin again."
        confirm="End the call"
        onConfirm={() => void act(api.end(id))}
      />
      {room.allowsPhones && stateOf(room, now) === "open" && (
        <>
          <h3>Call a phone</h3>
          <DialForm onDial={(number) => api.dialOut(id, number).then(reload)} />
        </>
      )}
      <ul className="rows" aria-label="Recent calls to phones" aria-live="polite">
        {value?.dialOuts.map((dial) => (
          <DialOutRow
            key={dial.id}
            dial={dial}
            today={today}
            onHangUp={() => void act(api.remove(id, identityOf(dial)))}
          />
        ))}
      </ul>
    </section>
  );
}

function DialOutRow({ dial, today, onHangUp }: { dial: DialOut; today: Date; onHangUp: () => void }) {
  return (
    <li>
      <span className="row-text">
        <strong>{dial.phoneNumber}</strong> · {describe(dial)} · since {moment(dial.since, today)}
      </span>
      {isLive(dial) && (
        <button type="button" className="button small" aria-label={`Hang up ${dial.phoneNumber}`} onClick={onHangUp}>
          Hang up
        </button>
      )}
    </li>
  );
}

function PresentRow({ present, today, onRemove }: { present: Present; today: Date; onRemove: () => void }) {
  return (
    <li>
      <span className="row-text">
        <strong>{present.displayName || "No name given"}</strong> · {present.role || "Telephone"} · since{" "}
        {moment(present.joinedAt, today)}
        <code>{present.rawId}</code>
      </span>
      <button
        type="button"
        className="button small"
        aria-label={`Remove ${present.displayName || present.rawId} from the call`}
        onClick={onRemove}
      >
        Remove
      </button>
    </li>
  );
}

function Roster({ api, id }: { api: RoomsApi; id: string }) {
  const load = useCallback((more: string | null) => api.roster(id, more), [api, id]);
  const { items, problem, hasMore, loadMore } = usePages(load);
  const [explained, explain] = useState<string | null>(null);
  return (
    <section aria-label="Roster">
      <h2>Roster</h2>
      {problem && (
        <p className="warning" role="alert">
          {problem}
        </p>
      )}
      {items?.length === 0 && <p className="quiet">Nobody is invited.</p>}
      <ul className="rows">
        {items?.map((person) => (
          <InvitedRow key={person.rawId} invited={person} onAsk={() => explain(person.rawId)} />
        ))}
      </ul>
      {hasMore && (
        <button type="button" className="button" onClick={() => void loadMore()}>
          Load more
        </button>
      )}
      <WhyForm onAsk={explain} />
      {explained && <Reasons key={explained} api={api} id={id} rawId={explained} />}
    </section>
  );
}

function InvitedRow({ invited, onAsk }: { invited: Invited; onAsk: () => void }) {
  return (
    <li>
      <span className="row-text">
        <strong>{invited.role}</strong>
        <code>{invited.rawId}</code>
      </span>
      <button type="button" className="button small" aria-label={`May join? ${invited.rawId}`} onClick={onAsk}>
        May join?
      </button>
    </li>
  );
}

function WhyForm({ onAsk }: { onAsk: (rawId: string) => void }) {
  const field = useId();
  const [value, setValue] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onAsk(value.trim());
  };
  return (
    <form className="finder wide" onSubmit={submit}>
      <label htmlFor={field}>Why can somebody not join?</label>
      <input
        id={field}
        required
        placeholder="Raw id: 8:acs:…"
        value={value}
        onChange={(event) => setValue(event.target.value)}
      />
      <button type="submit" className="button small">
        Ask
      </button>
    </form>
  );
}

// The rules of joining, by the service's names for them.
const RULES: Record<string, string> = {
  userIsActive: "The identity is a user of this resource",
  roomExists: "The room exists",
  onRoster: "The identity is on the roster",
  insideWindow: "The room is open now",
  letIn: "They need not wait",
  callHasRoom: "The call has room for one more",
};

function Reasons({ api, id, rawId }: { api: RoomsApi; id: string; rawId: string }) {
  const { value, problem } = useLoaded<Why>(useCallback(() => api.why(id, rawId), [api, id, rawId]));
  return (
    <div className="reasons" role="status">
      {problem && <p className="warning">{problem}</p>}
      {value && (
        <>
          <p>
            <code>{rawId}</code> {value.mayJoin ? `may join now as ${value.role}.` : "may not join now:"}
          </p>
          <ul>
            {value.rules.map((rule) => (
              <li key={rule.rule}>
                {rule.passed ? <Check role="img" aria-label="Yes:" /> : <X role="img" aria-label="No:" />}
                <span>
                  {RULES[rule.rule] ?? rule.rule}
                  {rule.message && `: ${rule.message}`}
                </span>
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}
