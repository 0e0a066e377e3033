/** The requests of administration: users, access keys, operators' tokens, the audit trail, settings and status. */

import type {
  AccessKeyList,
  AccessKeyModel,
  AuditEventModel,
  AuditPage,
  IssuedOperatorTokenModel,
  KnownUserModel,
  OperatorTokenList,
  OperatorTokenModel,
  RevealedKeyModel,
  SettingList,
  SettingModel,
  StatusModel,
  UserPage,
  UserRoomModel,
  UserRoomPage,
} from "../../shared/shapes";
import { onThisOrigin } from "../paging";
import type { Service } from "../service";
import type { Page } from "./usePages";

export type KnownUser = KnownUserModel;
export type UserRoom = UserRoomModel;
export type AccessKey = AccessKeyModel;
export type RevealedKey = RevealedKeyModel;
export type OperatorToken = OperatorTokenModel;
export type AuditEvent = AuditEventModel;
export type Setting = SettingModel;
export type Status = StatusModel;
export type KeyName = AccessKeyModel["name"];

const OWN = "/openrooms";
const IDENTITIES = "api-version=2023-10-01";

/** The names of the audit trail's filters, as in its query. */
export const AUDIT_FILTERS = ["from", "until", "operation", "outcome", "room", "caller", "user"] as const;
export type AuditFilter = Partial<Record<(typeof AUDIT_FILTERS)[number], string>>;

/** Each may throw a `Refusal`. */
export class AdministrationApi {
  readonly #service: Service;

  constructor(service: Service) {
    this.#service = service;
  }

  async users(search: string, more: string | null): Promise<Page<KnownUser>> {
    const first = `${OWN}/users${search ? `?q=${encodeURIComponent(search)}` : ""}`;
    const page = await this.#service.ask<UserPage>("GET", more ?? first);
    return { items: page.value, more: onThisOrigin(page.nextLink) };
  }

  async roomsOf(user: string, more: string | null): Promise<Page<UserRoom>> {
    const page = await this.#service.ask<UserRoomPage>("GET", more ?? `${OWN}/users/${encodeURIComponent(user)}/rooms`);
    return { items: page.value, more: onThisOrigin(page.nextLink) };
  }

  async revokeTokens(user: string): Promise<void> {
    await this.#service.ask("POST", `/identities/${encodeURIComponent(user)}/:revokeAccessTokens?${IDENTITIES}`);
  }

  async deleteUser(user: string): Promise<void> {
    await this.#service.ask("DELETE", `/identities/${encodeURIComponent(user)}?${IDENTITIES}`);
  }

  async keys(): Promise<AccessKey[]> {
    return (await this.#service.ask<AccessKeyList>("GET", `${OWN}/keys`)).value;
  }

  async regenerate(name: KeyName): Promise<AccessKey[]> {
    return (await this.#service.ask<AccessKeyList>("POST", `${OWN}/keys/${name}:regenerate`)).value;
  }

  reveal(name: KeyName): Promise<RevealedKey> {
    return this.#service.ask("POST", `${OWN}/keys/${name}:reveal`);
  }

  async tokens(): Promise<OperatorToken[]> {
    return (await this.#service.ask<OperatorTokenList>("GET", `${OWN}/operator-tokens`)).value;
  }

  makeToken(role: string, minutes: number): Promise<IssuedOperatorTokenModel> {
    return this.#service.ask("POST", `${OWN}/operator-tokens`, { role, minutes });
  }

  async revokeToken(id: string): Promise<void> {
    await this.#service.ask("DELETE", `${OWN}/operator-tokens/${encodeURIComponent(id)}`);
  }

  status(): Promise<Status> {
    return this.#service.ask("GET", `${OWN}/status`);
  }

  async settings(): Promise<Setting[]> {
    return (await this.#service.ask<SettingList>("GET", `${OWN}/settings`)).value;
  }

  async audit(filter: AuditFilter, more: string | null): Promise<Page<AuditEvent>> {
    const query = new URLSearchParams(Object.entries(filter).filter(([, value]) => value));
    const page = await this.#service.ask<AuditPage>("GET", more ?? `${OWN}/audit?${query}`);
    return { items: page.value, more: onThisOrigin(page.nextLink) };
  }
}
