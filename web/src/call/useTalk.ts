import { createContext, useContext, useSyncExternalStore } from "react";
import type { ChatView } from "./chat";
import type { Raised } from "./hands";
import { ownerOf } from "./people";
import type { Talk } from "./talk";

/** The chat and the hands of the call that is shown. */
export const TalkContext = createContext<Talk | null>(null);

export function useTalk(): Talk {
  const talk = useContext(TalkContext);
  if (!talk) throw new Error("there is no chat outside of a call");
  return talk;
}

export function useChat(): ChatView {
  const { chat } = useTalk();
  return useSyncExternalStore(chat.subscribe, () => chat.view);
}

/** Return the raised hands in the order in which they were raised. */
export function useRaised(): readonly Raised[] {
  const { hands } = useTalk();
  return useSyncExternalStore(hands.subscribe, () => hands.raised);
}

/** Return the place of a person's hand among the raised ones, from 1, or null if it is down. */
export function useHandOf(identity: string): number | null {
  const place = useRaised().findIndex(({ rawId }) => rawId === ownerOf(identity));
  return place < 0 ? null : place + 1;
}
