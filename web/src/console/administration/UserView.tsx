import { useCallback, useState } from "react";
import { Link, useParams } from "wouter";
import { CopyButton, FormDialog, Problem } from "../parts";
import { useMayWrite } from "../session";
import { PageHead } from "../shell/PageHead";
import { useSay } from "../shell/say";
import { windowText } from "../times";
import { useLoaded } from "../useLoaded";
import { Table } from "./Table";
import { useAdministration } from "./useAdministration";
import { usePages } from "./usePages";

/** One user: where they are invited, and what ends their tokens. */
export function UserView() {
  const api = useAdministration();
  const mayWrite = useMayWrite();
  const id = decodeURIComponent(useParams<{ id: string }>().id ?? "");
  const { value, problem, reload } = useLoaded(useCallback(() => api.users(id, null), [api, id]));
  const user = value?.items[0];
  return (
    <article className="card console">
      <PageHead title="User" />
      <p className="copied">
        <code>{id}</code> <CopyButton text={id} label="Copy" name="Copy the raw id" />
      </p>
      <Problem text={problem} />
      {value && !user && <p>There is no such user in this resource. Rooms may still invite them.</p>}
      {user && (
        <dl className="service-facts">
          <dt>Made</dt>
          <dd>{new Date(user.createdAt).toLocaleString()}</dd>
          {user.customId && <dt>Custom id</dt>}
          {user.customId && <dd>{user.customId}</dd>}
          {user.lastTokenIssuedAt && <dt>Last token</dt>}
          {user.lastTokenIssuedAt && <dd>{new Date(user.lastTokenIssuedAt).toLocaleString()}</dd>}
          {user.deletedAt && <dt>Deleted</dt>}
          {user.deletedAt && <dd>{new Date(user.deletedAt).toLocaleString()}</dd>}
        </dl>
      )}
      {user && !user.deletedAt && mayWrite && <Ends id={id} onDone={reload} />}
      <Rooms id={id} />
      <p>
        <Link href={`/audit?user=${encodeURIComponent(id)}`}>What others did to this user</Link> ·{" "}
        <Link href={`/audit?caller=${encodeURIComponent(id)}`}>What this user did</Link>
      </p>
    </article>
  );
}

function Ends({ id, onDone }: { id: string; onDone: () => Promise<void> }) {
  const api = useAdministration();
  const say = useSay();
  const [asked, ask] = useState<"revoke" | "delete" | null>(null);
  const close = () => ask(null);
  const done = (deed: () => Promise<void>, text: string) => async () => {
    await deed();
    say(text);
    await onDone();
  };
  return (
    <div className="actions">
      <button type="button" className="button" onClick={() => ask("revoke")}>
        Revoke tokens
      </button>
      <button type="button" className="button danger" onClick={() => ask("delete")}>
        Delete user
      </button>
      {asked === "revoke" && (
        <FormDialog
          title="Revoke all tokens of this user?"
          submit="Revoke tokens"
          onSubmit={done(() => api.revokeTokens(id), "All tokens were revoked.")}
          onClose={close}
        >
          <p>The user leaves every call within a second, and their invitation links end. New tokens can be issued.</p>
        </FormDialog>
      )}
      {asked === "delete" && (
        <FormDialog
          title="Delete this user?"
          submit="Delete user"
          isDangerous
          onSubmit={done(() => api.deleteUser(id), "The user was deleted.")}
          onClose={close}
        >
          <p>The user leaves every call and can never join again. This cannot be undone. Rosters keep the raw id.</p>
        </FormDialog>
      )}
    </div>
  );
}

function Rooms({ id }: { id: string }) {
  const api = useAdministration();
  const load = useCallback((more: string | null) => api.roomsOf(id, more), [api, id]);
  const { items, problem, hasMore, loadMore } = usePages(load);
  return (
    <section aria-label="Rooms of the user">
      <h2>Rooms</h2>
      <Problem text={problem} />
      {items && items.length > 0 && (
        <Table label="Rooms of the user, newest first" heads={["Room", "Title", "When", "Role", "Name"]}>
          {items.map((room) => (
            <tr key={room.id}>
              <td>
                <Link href={`/rooms/${room.id}`}>{room.id}</Link>
              </td>
              <td>{room.title}</td>
              <td>{windowText(new Date(room.validFrom), new Date(room.validUntil))}</td>
              <td>{room.role}</td>
              <td>{room.displayName}</td>
            </tr>
          ))}
        </Table>
      )}
      {items?.length === 0 && <p className="quiet">No room invites this user.</p>}
      {hasMore && (
        <button type="button" className="button" onClick={() => void loadMore()}>
          Load more
        </button>
      )}
    </section>
  );
}
