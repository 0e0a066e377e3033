/** The panel beside the pictures, with tabs; on a small screen it covers everything else. */

import { MessageSquare, Users, X } from "lucide-react";
import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";
import { direction, text } from "../languages/text";
import { usePresent } from "./usePerson";
import { useChat } from "./useTalk";

const TABS = ["people", "chat"] as const;
export type Tab = (typeof TABS)[number];

interface Props {
  tab: Tab;
  show: (tab: Tab | null) => void;
  children: ReactNode;
}

export function Panel({ tab, show, children }: Props) {
  const id = useId();
  const tabs = useRef<HTMLDivElement>(null);
  const body = useRef<HTMLDivElement>(null);
  const [opener] = useState(() => document.activeElement);
  useEffect(() => {
    // On a touch screen, the keyboard of a field would cover what was written.
    const field = matchMedia("(pointer: fine)").matches ? body.current?.querySelector("textarea") : null;
    (field ?? tabs.current?.querySelector<HTMLElement>('[aria-selected="true"]'))?.focus();
    return () => {
      if (opener instanceof HTMLElement) opener.focus();
    };
  }, [opener]);

  const move = (event: KeyboardEvent) => {
    const next = tabAfter(tab, event.key);
    if (!next) return;
    event.preventDefault();
    show(next);
    tabs.current?.querySelector<HTMLElement>(`[data-tab="${next}"]`)?.focus();
  };

  return (
    <aside
      className="panel"
      aria-label={text(`panel.${tab}`)}
      onKeyDown={(event) => {
        // In a dialog, Escape closes the dialog.
        if (event.key === "Escape" && !(event.target as Element).closest("dialog")) show(null);
      }}
    >
      <div className="panel-head">
        <div ref={tabs} className="tabs" role="tablist" aria-label={text("panel.title")} onKeyDown={move}>
          {TABS.map((one) => (
            <button
              key={one}
              type="button"
              role="tab"
              id={`${id}-${one}`}
              data-tab={one}
              className="tab"
              aria-selected={one === tab}
              aria-controls={`${id}-body`}
              tabIndex={one === tab ? 0 : -1}
              onClick={() => show(one)}
            >
              {FACES[one]()}
            </button>
          ))}
        </div>
        <button type="button" className="round small" aria-label={text("panel.close")} onClick={() => show(null)}>
          <X />
        </button>
      </div>
      <div ref={body} id={`${id}-body`} className="panel-body" role="tabpanel" aria-labelledby={`${id}-${tab}`}>
        {children}
      </div>
    </aside>
  );
}

const FACES: Record<Tab, () => ReactNode> = { people: () => <PeopleFace />, chat: () => <ChatFace /> };

function PeopleFace() {
  return (
    <>
      <Users aria-hidden="true" /> {text("panel.people.count", { count: usePresent().length })}
    </>
  );
}

function ChatFace() {
  const { unread } = useChat();
  return (
    <>
      <MessageSquare aria-hidden="true" /> {text("panel.chat")}
      {unread > 0 && (
        <>
          <span className="tab-badge" aria-hidden="true">
            {unread}
          </span>
          <span className="visually-hidden">{text("chat.unread", { count: unread })}</span>
        </>
      )}
    </>
  );
}

/** Return the tab to which a key leads, or null if it is not a key of a list of tabs. */
function tabAfter(tab: Tab, key: string): Tab | null {
  const forward = direction() === "ltr" ? 1 : -1;
  const place = TABS.indexOf(tab);
  const next: Record<string, number> = {
    ArrowRight: place + forward,
    ArrowLeft: place - forward,
    Home: 0,
    End: TABS.length - 1,
  };
  return key in next ? (TABS.at((next[key] as number) % TABS.length) ?? null) : null;
}
