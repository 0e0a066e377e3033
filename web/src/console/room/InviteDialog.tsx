import { CalendarPlus, Mail } from "lucide-react";
import { useState } from "react";
import type { InvitationModel } from "../../shared/shapes";
import { download } from "../files";
import { CopyButton, Dialog, Problem, Twins, useOnce } from "../parts";
import { madeLinks } from "../plan/links";
import { useService } from "../session";
import { useSay } from "../shell/say";
import { shortMoment } from "../times";
import { actions } from "./actions";
import { useAct, useRoomPage } from "./context";
import { QrCode } from "./QrCode";
import { nameOf, type Person } from "./state";

const SECRET_HEADER = "openrooms-invitation-secret";
const SECONDS = 1_000;

/** The link of a participant: what is known of it, and the ways to hand it on. */
export function InviteDialog({ person, onClose }: { person: Person; onClose: () => void }) {
  const { room } = useRoomPage();
  const links = madeLinks(useService());
  const act = useAct();
  const say = useSay();
  const { isBusy, problem, once } = useOnce();
  const { invitation } = person;
  const [made, setMade] = useState(invitation?.id ?? "");
  const link = links.get(made) ?? "";
  const make = () =>
    void once(async () => {
      const { id, url } = await act<InvitationModel>(actions.invite(room.id, person.rawId));
      links.set(id, url ?? "");
      setMade(id);
    });
  const withdraw = () =>
    void once(async () => {
      if (invitation) await act(actions.withdraw(room.id, invitation.id));
      setMade("");
      say(`The link of ${nameOf(person)} no longer works.`);
    });
  return (
    <Dialog title={`The link of ${nameOf(person)}`} onClose={onClose}>
      <Standing person={person} isShown={link !== ""} />
      {link && <Link link={link} person={person} />}
      <Problem text={problem} />
      <div className="actions">
        <button type="button" className={link ? "button" : "button primary"} aria-disabled={isBusy} onClick={make}>
          {invitation ? "Replace by a new link" : "Make a link"}
        </button>
        {invitation && (
          <button type="button" className="button" aria-disabled={isBusy} onClick={withdraw}>
            Withdraw the link
          </button>
        )}
        <button type="button" className="button" onClick={onClose}>
          Close
        </button>
      </div>
      <Twins
        actions={[
          actions.invite(room.id, person.rawId),
          ...(invitation ? [actions.withdraw(room.id, invitation.id)] : []),
        ]}
        name="The link"
      />
    </Dialog>
  );
}

function Standing({ person: { invitation }, isShown }: { person: Person; isShown: boolean }) {
  const { now } = useRoomPage();
  if (!invitation) return <p>There is no link that works. A new one follows the room when it is moved.</p>;
  const opened = invitation.lastUsedAt
    ? `It was last opened ${shortMoment(new Date(invitation.lastUsedAt), new Date(now))}.`
    : "Nobody has opened it yet.";
  return (
    <p>
      {opened}
      {invitation.boundAt && " It works in the browser that opened it first only."}
      {!isShown && " The service does not keep links, so this one cannot be shown again: a new one replaces it."}
    </p>
  );
}

function Link({ link, person }: { link: string; person: Person }) {
  const { room } = useRoomPage();
  const service = useService();
  const { problem, once } = useOnce();
  const { invitation } = person;
  const save = () =>
    void once(async () => {
      const path = `/openrooms/rooms/${encodeURIComponent(room.id)}/invitations/${invitation?.id ?? ""}.ics`;
      const secret = new URL(link).hash.slice(1);
      const response = await service.open(path, { [SECRET_HEADER]: secret }, AbortSignal.timeout(10 * SECONDS));
      download(await response.blob(), "visit.ics");
    });
  return (
    <>
      <QrCode text={link} label={`QR code of the link of ${nameOf(person)}`} />
      <code className="made-link">{link}</code>
      <div className="actions">
        <CopyButton text={link} label="Copy link" />
        <a className="button small" href={mailOf(link, room.title, person.name)}>
          <Mail aria-hidden /> Write a mail
        </a>
        <button type="button" className="button small" onClick={save}>
          <CalendarPlus aria-hidden /> Calendar file
        </button>
      </div>
      <Problem text={problem} />
      <p className="quiet">Whoever has this link comes in as {nameOf(person)}: give it to nobody else.</p>
    </>
  );
}

/** Return the address that opens the operator's mail program with the link. */
export function mailOf(link: string, title: string, name: string): string {
  const text = [...(name ? [`${name},`, ""] : []), "please open this link to join:", link].join("\r\n");
  return `mailto:?subject=${encodeURIComponent(title || "Your visit")}&body=${encodeURIComponent(text)}`;
}
