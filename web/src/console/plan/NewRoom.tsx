/** Plan a visit: the room, its people, and a link for each of them, in one request. */

import { Plus, X } from "lucide-react";
import { type FormEvent, useCallback, useEffect, useState } from "react";
import { Link, useSearchParams } from "wouter";
import type { PlannedModel } from "../../shared/shapes";
import { TextField } from "../fields";
import { Problem, Twins, useOnce } from "../parts";
import { actions } from "../room/actions";
import { loadRoom } from "../room/state";
import { useService, useSession } from "../session";
import { PageHead } from "../shell/PageHead";
import { lengthText, MINUTE, readMoment, zoneText } from "../times";
import { useLoaded } from "../useLoaded";
import { type Draft, type DraftPerson, draftLike, newDraft, newPerson, planOf, ROLES, type Role } from "./draft";
import { RuleFields, TitleField } from "./OptionsFields";
import { PlannedVisits } from "./PlannedVisits";
import { usePlan } from "./usePlan";

// As many people as one request may plan.
const PAGES = 5;

export function NewRoom() {
  const [query] = useSearchParams();
  const like = query.get("from");
  const [planned, setPlanned] = useState<PlannedModel | null>(null);
  if (planned) return <Done visit={planned} onAnother={() => setPlanned(null)} />;
  return like ? <Copied id={like} onPlanned={setPlanned} /> : <Empty onPlanned={setPlanned} />;
}

interface FormProps {
  onPlanned: (visit: PlannedModel) => void;
}

function Empty({ onPlanned }: FormProps) {
  const service = useService();
  const [begin] = useState(() => newDraft(service.now()));
  return <PlanForm begin={begin} onPlanned={onPlanned} />;
}

function Copied({ id, onPlanned }: FormProps & { id: string }) {
  const service = useService();
  const [begin, setBegin] = useState<Draft | null>(null);
  const { hasCalls } = useSession().who;
  const { value, problem } = useLoaded(
    useCallback(() => loadRoom(service, id, PAGES, hasCalls), [service, id, hasCalls]),
  );
  useEffect(() => {
    // What was typed since stays.
    if (value) setBegin((before) => before ?? draftLike(value, service.now()));
  }, [value, service]);
  if (begin) return <PlanForm begin={begin} onPlanned={onPlanned} />;
  return (
    <article className="card console">
      <PageHead title="New visit" />
      <Problem text={problem} />
    </article>
  );
}

function PlanForm({ begin, onPlanned }: FormProps & { begin: Draft }) {
  const [draft, setDraft] = useState(begin);
  const send = usePlan();
  const { isBusy, problem, setProblem, once } = useOnce();
  const plan = planOf(draft);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (typeof plan === "string") setProblem(plan);
    else void once(async () => onPlanned(await send(plan)));
  };
  return (
    <article className="card console">
      <PageHead title="New visit">
        <Link href="/rooms/import" className="button small">
          Several at once
        </Link>
      </PageHead>
      <form className="plan" onSubmit={submit}>
        <TitleField title={draft.title} onChange={(title) => setDraft({ ...draft, title })} />
        <WhenFields draft={draft} onChange={setDraft} />
        <PeopleFields people={draft.people} onChange={(people) => setDraft({ ...draft, people })} />
        <details className="twins">
          <summary>Waiting room, beginning, telephones</summary>
          <RuleFields fields={draft} onChange={(fields) => setDraft({ ...draft, ...fields })} />
        </details>
        <Problem text={problem} />
        <div className="actions">
          <button type="submit" className="button primary" aria-disabled={isBusy}>
            {isBusy ? "Planning…" : "Plan the visit"}
          </button>
        </div>
        <Twins actions={typeof plan === "string" ? [] : [actions.plan(plan)]} name="Plan the visit" />
      </form>
    </article>
  );
}

function WhenFields({ draft, onChange }: { draft: Draft; onChange: (draft: Draft) => void }) {
  const from = readMoment(draft.from);
  const minutes = Number(draft.minutes);
  return (
    <div className="field-row">
      <TextField
        label="Begins"
        hint={zoneText(from ?? new Date())}
        type="datetime-local"
        required
        value={draft.from}
        onChange={(begin) => onChange({ ...draft, from: begin })}
      />
      <TextField
        label="Minutes"
        hint={minutes >= 60 ? lengthText(minutes * MINUTE) : " "}
        type="number"
        min={1}
        required
        value={draft.minutes}
        onChange={(length) => onChange({ ...draft, minutes: length })}
      />
    </div>
  );
}

interface PeopleProps {
  people: readonly DraftPerson[];
  onChange: (people: readonly DraftPerson[]) => void;
}

function PeopleFields({ people, onChange }: PeopleProps) {
  const replace = (person: DraftPerson) => onChange(people.map((one) => (one.key === person.key ? person : one)));
  const add = () => onChange([...people, newPerson("Attendee")]);
  return (
    <fieldset className="people">
      <legend>People</legend>
      {people.map((person, index) => (
        <PersonFields
          key={person.key}
          person={person}
          number={index + 1}
          onChange={replace}
          onRemove={() => onChange(people.filter((one) => one.key !== person.key))}
        />
      ))}
      <button type="button" className="button small" onClick={add}>
        <Plus aria-hidden /> Another person
      </button>
    </fieldset>
  );
}

interface PersonProps {
  person: DraftPerson;
  number: number;
  onChange: (person: DraftPerson) => void;
  onRemove: () => void;
}

function PersonFields({ person, number, onChange, onRemove }: PersonProps) {
  return (
    <div className="person-fields">
      <input
        aria-label={`Name of person ${number}`}
        placeholder={person.rawId || "Name"}
        autoComplete="off"
        maxLength={64}
        value={person.name}
        onChange={(event) => onChange({ ...person, name: event.target.value })}
      />
      <select
        aria-label={`Role of person ${number}`}
        value={person.role}
        onChange={(event) => onChange({ ...person, role: event.target.value as Role })}
      >
        {ROLES.map((role) => (
          <option key={role}>{role}</option>
        ))}
      </select>
      <button type="button" className="button small" aria-label={`Leave out person ${number}`} onClick={onRemove}>
        <X aria-hidden />
      </button>
    </div>
  );
}

function Done({ visit, onAnother }: { visit: PlannedModel; onAnother: () => void }) {
  return (
    <article className="card console">
      <PageHead title={visit.title ? `${visit.title} is planned` : "The visit is planned"}>
        <div className="actions">
          <Link href={`/rooms/${visit.id}`} className="button small primary">
            To the room
          </Link>
          <button type="button" className="button small" onClick={onAnother}>
            Plan another
          </button>
        </div>
      </PageHead>
      <PlannedVisits visits={[visit]} />
    </article>
  );
}
