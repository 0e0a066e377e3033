/** A menu that a button opens, by the pattern of ARIA: arrow keys move, Escape closes, and so does everything elsewhere. */

import {
  createContext,
  type KeyboardEvent,
  type ReactNode,
  type RefObject,
  useContext,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from "react";

/** What the button that opens the menu needs. */
export interface Opener {
  readonly ref: RefObject<HTMLButtonElement | null>;
  readonly "aria-haspopup": "menu";
  readonly "aria-expanded": boolean;
  readonly onClick: () => void;
}

interface Props {
  label: string;
  opener: (props: Opener) => ReactNode;
  children: ReactNode;
}

const Close = createContext<() => void>(() => undefined);

export function Menu({ label, opener, children }: Props) {
  const [isOpen, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const menu = useRef<HTMLDivElement>(null);

  useLayoutEffect(() => {
    if (!isOpen || !menu.current || !button.current) return;
    // Above everything else, also in full screen; very old browsers show it where it is.
    menu.current.showPopover?.();
    place(menu.current, button.current);
    itemsOf(menu.current)[0]?.focus();
  }, [isOpen]);

  useEffect(() => {
    if (!isOpen) return;
    const close = () => setOpen(false);
    addEventListener("resize", close);
    return () => removeEventListener("resize", close);
  }, [isOpen]);

  const close = () => {
    button.current?.focus();
    setOpen(false);
  };

  return (
    <>
      {opener({
        ref: button,
        "aria-haspopup": "menu",
        "aria-expanded": isOpen,
        onClick: () => setOpen(!isOpen),
      })}
      {isOpen && (
        <div
          ref={menu}
          className="menu"
          role="menu"
          tabIndex={-1}
          aria-label={label}
          popover="manual"
          onKeyDown={(event) => (event.key === "Escape" ? close() : move(event))}
          onBlur={({ relatedTarget, currentTarget }) => {
            const stays = currentTarget.contains(relatedTarget) || relatedTarget === button.current;
            if (!stays) setOpen(false);
          }}
        >
          <Close.Provider value={close}>{children}</Close.Provider>
        </div>
      )}
    </>
  );
}

interface ItemProps {
  icon?: ReactNode;
  children: ReactNode;
  onSelect: () => void;
  /** Whether it is chosen; absent for an item that only does something. */
  checked?: boolean;
  /** Whether it is one of several of which one is chosen. */
  isRadio?: boolean;
  danger?: boolean;
}

export function MenuItem({ icon, children, onSelect, checked, isRadio = false, danger = false }: ItemProps) {
  const close = useContext(Close);
  const choice = { role: isRadio ? "menuitemradio" : "menuitemcheckbox", "aria-checked": checked };
  return (
    <button
      type="button"
      className={danger ? "menu-item danger" : "menu-item"}
      tabIndex={-1}
      {...(checked === undefined ? { role: "menuitem" } : choice)}
      onClick={() => {
        close();
        onSelect();
      }}
    >
      {icon && (
        <span className="menu-icon" aria-hidden="true">
          {icon}
        </span>
      )}
      {children}
    </button>
  );
}

const EDGE = 8;

/** Place the menu below its button, or above if there is no room, and inside of the window. */
function place(menu: HTMLElement, button: HTMLElement): void {
  const from = button.getBoundingClientRect();
  const { clientWidth, clientHeight } = document.documentElement;
  const fitsBelow = from.bottom + EDGE + menu.offsetHeight <= clientHeight - EDGE;
  const top = fitsBelow ? from.bottom + EDGE : from.top - EDGE - menu.offsetHeight;
  const left = from.left + (from.width - menu.offsetWidth) / 2;
  menu.style.top = `${Math.max(EDGE, top)}px`;
  menu.style.left = `${Math.max(EDGE, Math.min(left, clientWidth - EDGE - menu.offsetWidth))}px`;
}

const itemsOf = (menu: Element): HTMLElement[] => [...menu.querySelectorAll<HTMLElement>("[role^='menuitem']")];

function move(event: KeyboardEvent<HTMLElement>): void {
  const items = itemsOf(event.currentTarget);
  const now = items.indexOf(document.activeElement as HTMLElement);
  const targets: Record<string, number> = {
    ArrowDown: now + 1,
    ArrowUp: now - 1,
    Home: 0,
    End: -1,
  };
  const target = targets[event.key];
  if (target === undefined) return;
  event.preventDefault();
  items.at(target % items.length)?.focus();
}
