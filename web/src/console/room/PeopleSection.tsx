/** Everyone who is invited: names, roles, links, and why somebody cannot join. */

import { useState } from "react";
import type { AddedPeopleModel } from "../../shared/shapes";
import { ChoiceField, OneFieldForm, TextField } from "../fields";
import { FormDialog, Twins } from "../parts";
import { isRole, ROLE_WORDS, type Role } from "../plan/draft";
import { madeLinks } from "../plan/links";
import { Repeats } from "../plan/repeats";
import { useMayWrite, useService } from "../session";
import { useSay } from "../shell/say";
import { shortMoment } from "../times";
import { ConfirmedAction } from "./ActionButton";
import { type Action, actions } from "./actions";
import { useAct, useRoomPage } from "./context";
import { InviteDialog } from "./InviteDialog";
import { Reasons } from "./Reasons";
import { nameOf, type Person } from "./state";

const LONGEST_NAME = 64;

export function PeopleSection({ onMore }: { onMore: () => void }) {
  const { room } = useRoomPage();
  const mayWrite = useMayWrite();
  const [isAdding, setAdding] = useState(false);
  return (
    <section aria-label="People">
      <div className="console-head">
        <h2 tabIndex={-1}>People</h2>
        {mayWrite && (
          <button type="button" className="button small" onClick={() => setAdding(true)}>
            Add a person
          </button>
        )}
      </div>
      {room.people.length === 0 && <p className="quiet">Nobody is invited.</p>}
      <ul className="rows">
        {room.people.map((person) => (
          <PersonRow key={person.rawId} person={person} />
        ))}
      </ul>
      {room.hasMorePeople && (
        <button type="button" className="button" onClick={onMore}>
          Load more
        </button>
      )}
      <WhyForm />
      {isAdding && <AddDialog onClose={() => setAdding(false)} />}
    </section>
  );
}

type Open = "link" | "edit" | null;

function PersonRow({ person }: { person: Person }) {
  const { room } = useRoomPage();
  const mayWrite = useMayWrite();
  const [open, setOpen] = useState<Open>(null);
  const [isExplained, explain] = useState(false);
  const name = nameOf(person);
  return (
    <li className="person">
      <span className="row-text">
        <strong>{person.name || "No name given"}</strong> · {person.role} · <LinkState person={person} />
        <code>{person.rawId}</code>
      </span>
      <span className="row-actions">
        {mayWrite && (
          <>
            <button
              type="button"
              className="button small"
              aria-label={`Link of ${name}`}
              onClick={() => setOpen("link")}
            >
              Link
            </button>
            <button type="button" className="button small" aria-label={`Edit ${name}`} onClick={() => setOpen("edit")}>
              Edit
            </button>
          </>
        )}
        <button
          type="button"
          className="button small"
          aria-label={`May join? ${name}`}
          aria-expanded={isExplained}
          onClick={() => explain(!isExplained)}
        >
          May join?
        </button>
        <ConfirmedAction
          action={actions.takeOffRoster(room.id, person.rawId)}
          label="Uninvite"
          name={`Uninvite ${name}`}
          title={`Uninvite ${name}?`}
          confirm="Uninvite"
          done={`${name} is no longer invited.`}
        >
          <p>
            They leave the call if they are in it, and their link stops working. Adding them again needs a new link.
          </p>
        </ConfirmedAction>
      </span>
      {isExplained && <Reasons rawId={person.rawId} name={name} />}
      {open === "link" && <InviteDialog person={person} onClose={() => setOpen(null)} />}
      {open === "edit" && <EditPerson person={person} onClose={() => setOpen(null)} />}
    </li>
  );
}

function LinkState({ person: { invitation } }: { person: Person }) {
  const { now } = useRoomPage();
  if (!invitation) return <>no link</>;
  if (!invitation.lastUsedAt) return <>link not opened yet</>;
  return <>link opened {shortMoment(new Date(invitation.lastUsedAt), new Date(now))}</>;
}

interface PersonFieldsProps {
  name: string;
  role: Role;
  onName: (name: string) => void;
  onRole: (role: Role) => void;
}

function PersonFields({ name, role, onName, onRole }: PersonFieldsProps) {
  return (
    <>
      <TextField
        label="Name"
        hint="Everyone in the call reads it."
        maxLength={LONGEST_NAME}
        value={name}
        onChange={onName}
      />
      <ChoiceField label="Role" options={ROLE_WORDS} value={role} onChange={onRole} />
    </>
  );
}

function EditPerson({ person, onClose }: { person: Person; onClose: () => void }) {
  const { room } = useRoomPage();
  const act = useAct();
  const say = useSay();
  const [name, setName] = useState(person.name);
  const [role, setRole] = useState<Role>(isRole(person.role) ? person.role : "Attendee");
  const changes: Action[] = [
    ...(role === person.role ? [] : [actions.putOnRoster(room.id, person.rawId, role)]),
    ...(name.trim() === person.name ? [] : [actions.name(room.id, person.rawId, name.trim())]),
  ];
  const submit = async () => {
    for (const change of changes) await act(change);
    say("Saved.");
  };
  return (
    <FormDialog title={`Edit ${nameOf(person)}`} submit="Save" onSubmit={submit} onClose={onClose}>
      <PersonFields name={name} role={role} onName={setName} onRole={setRole} />
      <Twins actions={changes} name={`Edit ${nameOf(person)}`} />
    </FormDialog>
  );
}

function AddDialog({ onClose }: { onClose: () => void }) {
  const { room } = useRoomPage();
  const service = useService();
  const act = useAct();
  const say = useSay();
  const [repeats] = useState(() => new Repeats(service.now));
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("Attendee");
  const [rawId, setRawId] = useState("");
  const person = {
    role,
    ...(name.trim() ? { displayName: name.trim() } : {}),
    ...(rawId.trim() ? { rawId: rawId.trim() } : {}),
  };
  const submit = async () => {
    const text = JSON.stringify(person);
    // A second try after a lost answer adds nobody else.
    const added = await act<AddedPeopleModel>(actions.add(room.id, person, repeats.headers(text)));
    repeats.settle(text);
    for (const { invitation } of added.participants) madeLinks(service).set(invitation.id, invitation.url);
    say(`${name.trim() || "The person"} is invited: send them their link.`);
  };
  return (
    <FormDialog title="Add a person" submit="Add" onSubmit={submit} onClose={onClose}>
      <PersonFields name={name} role={role} onName={setName} onRole={setRole} />
      <TextField
        label="Raw id"
        hint="Only for somebody who is a user already; otherwise a user is created."
        spellCheck={false}
        placeholder="8:acs:…"
        value={rawId}
        onChange={setRawId}
      />
      <Twins actions={[actions.add(room.id, person)]} name="Add a person" />
    </FormDialog>
  );
}

function WhyForm() {
  const [asked, ask] = useState("");
  return (
    <>
      <OneFieldForm
        label="Why can somebody else not join?"
        submit="Ask"
        isWide
        onSubmit={ask}
        input={{ required: true, placeholder: "Raw id: 8:acs:…" }}
      />
      {asked && <Reasons key={asked} rawId={asked} name={asked} />}
    </>
  );
}
