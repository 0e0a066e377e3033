/** All that the page of a room shows, read from the service. */

import { type DialOut, dialOut } from "../../shared/dialOuts";
import type {
  AtDoorModel,
  CallModel,
  InvitationModel,
  InvitationPage,
  PlanBody,
  RoomModel,
  VisitModel,
} from "../../shared/shapes";
import { readPages } from "../paging";
import type { Service } from "../service";

export interface Person {
  readonly rawId: string;
  readonly role: string;
  /** The name that the organiser gave, or an empty text. */
  readonly name: string;
  /** The newest invitation that works. */
  readonly invitation: InvitationModel | null;
}

export interface Present {
  readonly rawId: string;
  readonly role: string;
  readonly name: string;
  readonly since: Date;
}

export interface Call {
  readonly present: readonly Present[];
  readonly waiting: readonly Present[];
  readonly waitingCount: number;
  readonly keptOut: readonly Present[];
  readonly dialOuts: readonly DialOut[];
}

export interface Room {
  readonly id: string;
  readonly title: string;
  readonly createdAt: Date;
  readonly validFrom: Date;
  readonly validUntil: Date;
  /** The end as the service wrote it, which extending names. */
  readonly end: string;
  readonly allowsPhones: boolean;
  readonly waitingRoom: PlanBody["waitingRoom"];
  readonly startsWith: PlanBody["startsWith"];
  readonly extendBy: number;
  readonly extended: number;
  readonly people: readonly Person[];
  readonly hasMorePeople: boolean;
  readonly call: Call;
}

// Of 100 each; the most participants of a planned visit are 500.
const INVITATION_PAGES = 5;
const VERSION = "api-version=2025-03-13";

const NO_CALL: CallModel = { state: "idle", participants: [], dialOuts: [] };

/** Return the room with the first `pages` pages of its people; may throw a `Refusal`. */
export async function loadRoom(service: Service, id: string, pages: number, hasCalls: boolean): Promise<Room> {
  const own = `/openrooms/rooms/${encodeURIComponent(id)}`;
  const [plain, call, invitations, visits] = await Promise.all([
    service.ask<RoomModel>("GET", `/rooms/${encodeURIComponent(id)}?${VERSION}`),
    hasCalls ? service.ask<CallModel>("GET", `${own}/call`) : NO_CALL,
    readPages<InvitationPage>(service, `${own}/invitations`, INVITATION_PAGES),
    readPages<VisitModel>(service, own, pages),
  ]);
  const [first] = visits;
  const newest = newestByPerson(invitations.flatMap((page) => page.value));
  const participants = visits.flatMap((page) => page.participants);
  return {
    id,
    title: first.title,
    createdAt: new Date(plain.createdAt),
    validFrom: new Date(first.validFrom),
    validUntil: new Date(first.validUntil),
    end: first.validUntil,
    allowsPhones: plain.pstnDialOutEnabled,
    waitingRoom: first.waitingRoom as Room["waitingRoom"],
    startsWith: first.startsWith as Room["startsWith"],
    extendBy: first.extendBy,
    extended: first.extended,
    people: participants.map(({ rawId, role, displayName }) => ({
      rawId,
      role,
      name: displayName,
      invitation: newest.get(rawId) ?? null,
    })),
    hasMorePeople: visits.at(-1)?.nextLink !== undefined,
    call: callOf(call),
  };
}

function newestByPerson(invitations: readonly InvitationModel[]): Map<string, InvitationModel> {
  const oldestFirst = [...invitations].sort((one, other) => Date.parse(one.createdAt) - Date.parse(other.createdAt));
  return new Map(oldestFirst.map((invitation) => [invitation.rawId, invitation]));
}

function callOf(body: CallModel): Call {
  return {
    present: body.participants.map((one) => ({
      rawId: one.communicationIdentifier.rawId,
      role: one.role,
      name: one.displayName,
      since: new Date(one.joinedAt),
    })),
    waiting: (body.waiting ?? []).map(atDoor),
    waitingCount: body.waitingCount ?? 0,
    keptOut: (body.keptOut ?? []).map(atDoor),
    dialOuts: body.dialOuts.map(dialOut),
  };
}

const atDoor = (one: AtDoorModel): Present => ({
  rawId: one.communicationIdentifier.rawId,
  role: one.role,
  name: one.displayName,
  since: new Date(one.since),
});

/** Return the shortest text that tells a person from the others. */
export const nameOf = ({ name, rawId }: { readonly name: string; readonly rawId: string }): string => name || rawId;
