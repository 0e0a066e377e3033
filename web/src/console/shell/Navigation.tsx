import { LogOut, Menu, X } from "lucide-react";
import { useEffect, useId, useState } from "react";
import { Link, useLocation, useRoute } from "wouter";
import icon from "../../shared/icon.svg";
import { Account } from "../Account";
import { type Group, PAGES, type PageEntry } from "../pages";
import { useSession } from "../session";

/** The navigation: beside the page, and on phones behind a button. */
export function Navigation({ groups }: { groups: readonly Group[] }) {
  const id = useId();
  const [path] = useLocation();
  const [isOpen, setOpen] = useState(false);
  const { signOut } = useSession();
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new address closes the menu
  useEffect(() => setOpen(false), [path]);
  return (
    <header className="shell-side">
      <div className="shell-brand">
        <img src={icon} alt="" width="28" height="28" />
        <span>openrooms</span>
        <button
          type="button"
          className="button small shell-menu"
          aria-expanded={isOpen}
          aria-controls={id}
          onClick={() => setOpen(!isOpen)}
        >
          {isOpen ? <X aria-hidden /> : <Menu aria-hidden />} Menu
        </button>
      </div>
      <div id={id} className={isOpen ? "shell-links open" : "shell-links"}>
        <nav aria-label="Console">
          {groups.map((group) => (
            <Links key={group} group={group} />
          ))}
        </nav>
        <div>
          <Account />
          <button type="button" className="shell-link" onClick={signOut}>
            <LogOut aria-hidden /> Sign out
          </button>
        </div>
      </div>
    </header>
  );
}

function Links({ group }: { group: Group }) {
  const id = useId();
  const pages = PAGES.filter((page) => page.group === group && page.name);
  if (pages.length === 0) return null;
  return (
    <>
      <h2 id={id}>{group}</h2>
      <ul aria-labelledby={id}>
        {pages.map((page) => (
          <li key={page.path}>
            <PageLink page={page} />
          </li>
        ))}
      </ul>
    </>
  );
}

function PageLink({ page: { path, name, icon: Icon } }: { page: PageEntry }) {
  // A room is a page of its own below that of the rooms.
  const [isCurrent] = useRoute(path);
  const [isBelow] = useRoute(`${path}/*`);
  return (
    <Link href={path} className="shell-link" aria-current={isCurrent ? "page" : isBelow ? "true" : undefined}>
      {Icon && <Icon aria-hidden />} {name}
    </Link>
  );
}
