import { useEffect } from "react";
import { text } from "../languages/text";
import type { Say } from "../shared/Toasts";
import type { Tab } from "./Panel";
import { useTalk } from "./useTalk";

const SHOWN = 80;
// Messages that follow each other closely are not all announced; the badge counts them.
const PAUSE = 4_000;

/** Announce raised hands, and messages while the chat is closed. */
export function useTalkNews(tab: Tab | null, say: Say): void {
  const talk = useTalk();
  useEffect(() => {
    let announced = 0;
    return talk.report({
      message: ({ from, text: message, at }) => {
        if (tab === "chat" || at - announced < PAUSE) return;
        announced = at;
        say(text("chat.news", { name: from.name, message: shortened(message) }));
      },
      hand: (name) => say(text("hand.raised", { name })),
    });
  }, [talk, tab, say]);
}

function shortened(message: string): string {
  const characters = [...message.replace(/\s+/gu, " ")];
  return characters.length > SHOWN ? `${characters.slice(0, SHOWN).join("")}…` : characters.join("");
}
