/** Exchanging an invitation for a short token, which is good for the invitation's room alone. */

import { Http } from "../shared/http";
import type { ExchangedModel } from "../shared/shapes";
import type { Role } from "./capabilities";

/** What the holder of an invitation may know. */
export interface Invited {
  readonly id: string;
  readonly roomId: string;
  readonly token: string;
  readonly role: Role;
  /** The name that the organiser gave the person; empty if none. */
  readonly displayName: string;
  readonly title: string;
  readonly validFrom: Date;
  readonly validUntil: Date;
}

/** Exchanges one invitation, again each time that the token has expired; may throw a `Refusal`. */
export class Invitation {
  readonly #http: Http;

  constructor(
    private readonly secret: string,
    send?: typeof fetch,
  ) {
    this.#http = new Http("", send, { cookies: true });
  }

  /** Return what the invitation is good for; `confirms` allows binding it to this browser. */
  async exchange(confirms = false): Promise<Invited> {
    const body = { secret: this.secret, ...(confirms ? { confirmBrowser: true } : {}) };
    const answer = await this.#http.ask<ExchangedModel>("POST", "/openrooms/invitations:exchange", body);
    return {
      ...answer,
      id: answer.invitationId,
      validFrom: new Date(answer.validFrom),
      validUntil: new Date(answer.validUntil),
    };
  }

  /** Return a token for the same person that is valid now. */
  renew = async (): Promise<string> => (await this.exchange()).token;

  /** Return the calendar file of the visit, with the link in it. */
  async calendar(invited: Invited): Promise<Blob> {
    const { roomId, id } = invited;
    const path = `/openrooms/rooms/${encodeURIComponent(roomId)}/invitations/${encodeURIComponent(id)}.ics`;
    const http = new Http(await this.renew());
    const response = await http.open(path, { "openrooms-invitation-secret": this.secret }, AbortSignal.timeout(20_000));
    return response.blob();
  }
}
