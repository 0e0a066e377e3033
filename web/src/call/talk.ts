/** The chat and the raised hands of one person's calls in a room: they outlive a connection, not the page. */

import { type Participant, type RemoteParticipant, type Room, RoomEvent } from "livekit-client";
import { MESSAGES_TOPIC, type Message, readMessage, writeMessage } from "../shared/callMessages";
import { isPhone } from "../shared/dialOuts";
import { CHAT_TOPIC, Chat, type ChatMessage, type Sender, writeChat } from "./chat";
import { Hands } from "./hands";
import { nameOf, ownerOf, roleOf } from "./people";

export interface TalkEvents {
  readonly message: (message: ChatMessage) => void;
  readonly hand: (name: string) => void;
}

export class Talk {
  readonly chat: Chat;
  readonly hands: Hands;
  /** What the person has written and not sent yet. */
  draft = "";
  #room: Room | null = null;
  /** The media engine's name for this connection; a new one means that the old connection was lost. */
  #connection = "";
  /** When this person raised their hand, kept over a lost connection. */
  #ownHand: number | null = null;
  #events: TalkEvents | null = null;

  constructor(private readonly now: () => number) {
    this.chat = new Chat(now);
    this.hands = new Hands(now);
  }

  /** Hear what is said in this room from now on, before it is connected so that nothing is missed. */
  follow(room: Room): Room {
    this.#room = room;
    this.hands.lower(null);
    room
      .on(RoomEvent.DataReceived, (payload, _peer, _kind, topic, _encryption, identity) => {
        if (room === this.#room) this.#hear(payload, topic, identity ?? "");
      })
      .on(RoomEvent.Connected, () => this.#connected(room))
      .on(RoomEvent.Reconnected, () => this.#connected(room))
      .on(RoomEvent.ParticipantActive, (participant) => this.#greet(participant))
      .on(RoomEvent.ParticipantDisconnected, (participant) => this.#lower(participant))
      .on(RoomEvent.ParticipantPermissionsChanged, (_before, participant) => this.#mayNotRaise(participant));
    return room;
  }

  /** Call these functions for news of others; returns a function that stops it. */
  report(events: TalkEvents): () => void {
    this.#events = events;
    return () => {
      this.#events = null;
    };
  }

  /** Send a text to everyone; return whether it was sent, or why not. */
  say(text: string): "sent" | "empty" | "too fast" {
    const message = writeChat(text);
    if (!message) return "empty";
    if (!this.chat.maySend()) return "too fast";
    void this.chat.say(message.text, this.#self(), () => this.#publish(message.payload, CHAT_TOPIC));
    return "sent";
  }

  /** Send a message once more that could not be sent; it stays if this is too fast. */
  sayAgain(message: ChatMessage): void {
    if (this.say(message.text) === "sent") this.chat.forget(message);
  }

  async raiseHand(): Promise<void> {
    const at = this.now();
    await this.#tell({ kind: "hand", raisedAt: at });
    this.#ownHand = at;
    this.hands.raise(this.#self().identity, at);
  }

  async lowerHand(): Promise<void> {
    this.#ownHand = null;
    this.hands.lower([this.#self().identity]);
    // Someone who may no longer send has no hand up on the pages of others either.
    await this.#tell({ kind: "hand", raisedAt: null }).catch(() => {});
  }

  /** Lower the hands of these people, or all hands (`null`); a Presenter may. */
  async lowerHands(rawIds: readonly string[] | null): Promise<void> {
    await this.#tell({ kind: "lower hands", rawIds });
    if (rawIds === null || rawIds.includes(this.#self().identity)) await this.lowerHand();
    this.hands.lower(rawIds);
  }

  #hear(payload: Uint8Array, topic: string | undefined, identity: string): void {
    // The service sends without an identity, and telephones do not write.
    if (!identity || isPhone(identity)) return;
    const peer = this.#room?.getParticipantByIdentity(identity);
    if (topic === CHAT_TOPIC) {
      const message = this.chat.hear(payload, sender(identity, peer));
      if (message) this.#events?.message(message);
    }
    const message = topic === MESSAGES_TOPIC ? readMessage(payload) : null;
    if (message && peer) this.#apply(message, peer);
  }

  #apply(message: Message, peer: Participant): void {
    const joinedAt = peer.joinedAt?.getTime() ?? 0;
    const isPresenter = roleOf(peer) === "Presenter";
    const isRaised = this.hands.hear(message, { identity: peer.identity, joinedAt, isPresenter });
    if (isRaised) this.#events?.hand(sender(peer.identity, peer).name);
    // A Presenter lowered this person's hand.
    if (this.#ownHand !== null && this.hands.atOf(this.#self().identity) === null) void this.lowerHand();
  }

  /** Tell a person who has just come that this person's hand is up. */
  #greet(participant: Participant): void {
    if (this.#ownHand === null || participant.isLocal) return;
    void this.#tell({ kind: "hand", raisedAt: this.#ownHand }, participant).catch(() => {});
  }

  /** After more than a short interruption, a person is new to the others, and what they wrote meanwhile is lost. */
  #connected(room: Room): void {
    const { sid } = room.localParticipant;
    if (sid === this.#connection) return;
    if (this.#connection) this.chat.noteGap();
    this.#connection = sid;
    if (this.#ownHand === null) return;
    this.hands.raise(this.#self().identity, this.#ownHand);
    void this.#tell({ kind: "hand", raisedAt: this.#ownHand }).catch(() => {});
  }

  #lower(participant: RemoteParticipant): void {
    this.hands.lower([ownerOf(participant.identity)]);
  }

  /** Lower the hand of a person whose new role may not raise one. */
  #mayNotRaise(participant: Participant): void {
    if (participant.permissions?.canPublishData !== false) return;
    if (participant.isLocal) this.#ownHand = null;
    this.hands.lower([ownerOf(participant.identity)]);
  }

  #self(): Sender {
    const self = this.#room?.localParticipant;
    const identity = ownerOf(self?.identity ?? "");
    return { ...sender(identity, self), isSelf: true };
  }

  #tell(message: Message, to?: Participant): Promise<void> {
    return this.#publish(writeMessage(message), MESSAGES_TOPIC, to);
  }

  async #publish(payload: Uint8Array<ArrayBuffer>, topic: string, to?: Participant): Promise<void> {
    if (!this.#room) throw new Error("not in a call");
    const destination = to ? { destinationIdentities: [to.identity] } : {};
    await this.#room.localParticipant.publishData(payload, { reliable: true, topic, ...destination });
  }
}

function sender(identity: string, participant: Participant | undefined): Sender {
  const role = participant && roleOf(participant);
  return { identity: ownerOf(identity), name: nameOf(participant?.name, role, identity), isSelf: false };
}
