import { useCallback } from "react";
import { Link, useSearchParams } from "wouter";
import { moment } from "../../shared/countdown";
import { OneFieldForm } from "../fields";
import { Problem } from "../parts";
import { useService } from "../session";
import { PageHead } from "../shell/PageHead";
import type { KnownUser } from "./api";
import { Table } from "./Table";
import { useAdministration } from "./useAdministration";
import { usePages } from "./usePages";

/** All users; the search is in the address, so that a reload keeps it. */
export function Users() {
  const api = useAdministration();
  const [query, setQuery] = useSearchParams();
  const search = query.get("q") ?? "";
  const load = useCallback((more: string | null) => api.users(search, more), [api, search]);
  const { items, problem, hasMore, loadMore, reload } = usePages(load);
  return (
    <section className="card console">
      <PageHead title="Users">
        <button type="button" className="button small" onClick={() => void reload()}>
          Refresh
        </button>
      </PageHead>
      <OneFieldForm
        key={search}
        label="Raw id or custom id"
        submit="Find"
        text={search}
        onSubmit={(q) => setQuery(q ? { q } : {})}
      />
      <Problem text={problem} />
      {items && items.length > 0 && <UserTable users={items} />}
      {items?.length === 0 && (
        <p className="quiet">{search ? "No user has this raw id or custom id." : "There are no users yet."}</p>
      )}
      {hasMore && (
        <button type="button" className="button" onClick={() => void loadMore()}>
          Load more
        </button>
      )}
    </section>
  );
}

function UserTable({ users }: { users: readonly KnownUser[] }) {
  const today = new Date(useService().now());
  return (
    <Table label="List of users" heads={["User", "Custom id", "Made", "State"]}>
      {users.map((user) => (
        <tr key={user.id}>
          <td>
            <Link href={`/users/${encodeURIComponent(user.id)}`}>
              <code>{user.id}</code>
            </Link>
          </td>
          <td>{user.customId}</td>
          <td>{moment(new Date(user.createdAt), today)}</td>
          <td>
            <span className={user.deletedAt ? "chip closed" : "chip open"}>
              {user.deletedAt ? "deleted" : "active"}
            </span>
          </td>
        </tr>
      ))}
    </Table>
  );
}
