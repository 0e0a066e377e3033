/** The pages of the console: one line each has its address, its place in the navigation, and what shows it. */

import {
  Activity,
  CalendarClock,
  ClipboardList,
  DoorOpen,
  FlaskConical,
  KeyRound,
  type LucideIcon,
  ScrollText,
  ShieldCheck,
  Settings as Sliders,
  UserCog,
  Users as UsersIcon,
} from "lucide-react";
import type { ComponentType } from "react";
import { Audit } from "./administration/Audit";
import { Keys } from "./administration/Keys";
import { Operators } from "./administration/Operators";
import { Settings } from "./administration/Settings";
import { Users } from "./administration/Users";
import { UserView } from "./administration/UserView";
import { AttendancePage } from "./attendance/AttendancePage";
import { Bench } from "./Bench";
import { Happened } from "./events/Happened";
import { Subscriptions } from "./events/Subscriptions";
import { SubscriptionView } from "./events/SubscriptionView";
import { ImportRooms } from "./plan/ImportRooms";
import { NewRoom } from "./plan/NewRoom";
import { Requests } from "./Requests";
import { RoomList } from "./RoomList";
import { RoomView } from "./RoomView";
import { Today } from "./today/Today";

export const GROUPS = ["Visits", "Service", "Development"] as const;
export type Group = (typeof GROUPS)[number];

export interface PageEntry {
  /** The address below `/console`; `:id` stands for a part that `useParams` returns. */
  readonly path: string;
  readonly Page: ComponentType;
  /** Where the navigation shows the page; only a development service has those of its group. */
  readonly group: Group;
  /** What the navigation calls the page; without it, the page is not there. */
  readonly name?: string;
  readonly icon?: LucideIcon;
  /** Whether the page is only for changing something, so that readers have no use for it. */
  readonly isForWriting?: boolean;
}

/** The page that `/console` leads to. */
export const HOME = "/today";

export const PAGES: readonly PageEntry[] = [
  { path: "/today", Page: Today, group: "Visits", name: "Today", icon: CalendarClock },
  { path: "/today/:day", Page: Today, group: "Visits" },
  { path: "/rooms", Page: RoomList, group: "Visits", name: "Rooms", icon: DoorOpen },
  { path: "/rooms/new", Page: NewRoom, group: "Visits", isForWriting: true },
  { path: "/rooms/import", Page: ImportRooms, group: "Visits", isForWriting: true },
  { path: "/rooms/:id", Page: RoomView, group: "Visits" },
  { path: "/attendance", Page: AttendancePage, group: "Visits", name: "Attendance", icon: ClipboardList },
  { path: "/events", Page: Happened, group: "Visits", name: "Events", icon: Activity },
  { path: "/events/subscriptions", Page: Subscriptions, group: "Visits" },
  { path: "/events/subscriptions/:id", Page: SubscriptionView, group: "Visits" },
  { path: "/users", Page: Users, group: "Service", name: "Users", icon: UsersIcon },
  { path: "/users/:id", Page: UserView, group: "Service" },
  { path: "/keys", Page: Keys, group: "Service", name: "Access keys", icon: KeyRound },
  { path: "/operators", Page: Operators, group: "Service", name: "Operators", icon: UserCog },
  { path: "/audit", Page: Audit, group: "Service", name: "Audit trail", icon: ShieldCheck },
  { path: "/settings", Page: Settings, group: "Service", name: "Settings", icon: Sliders },
  { path: "/requests", Page: Requests, group: "Development", name: "Requests", icon: ScrollText },
  { path: "/development", Page: Bench, group: "Development", name: "Clock and faults", icon: FlaskConical },
];
