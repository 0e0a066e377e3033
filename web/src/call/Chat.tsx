/** The chat of the call: what was written, and a field to write. */

import { useLocalParticipantPermissions } from "@livekit/components-react";
import { ArrowDown, MessageSquare } from "lucide-react";
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { timeOfDay } from "../languages/formats";
import { text } from "../languages/text";
import { ChatField } from "./ChatField";
import { type Block, type ChatMessage, type Entry, grouped } from "./chat";
import { withLinks } from "./plainText";
import { useChat, useTalk } from "./useTalk";

export function Chat() {
  const { entries } = useChat();
  const mayWrite = useLocalParticipantPermissions()?.canPublishData ?? false;
  useReading();
  return (
    <div className="chat">
      {entries.length === 0 ? <Empty /> : <Log entries={entries} />}
      {mayWrite ? <ChatField /> : <p className="chat-note">{text("chat.readOnly")}</p>}
    </div>
  );
}

function Empty() {
  return (
    <div className="chat-empty">
      <MessageSquare aria-hidden="true" />
      <p>{text("chat.empty")}</p>
      <p className="quiet">{text("chat.notKept")}</p>
    </div>
  );
}

const NEAR_END = 48;

function Log({ entries }: { entries: readonly Entry[] }) {
  const log = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  const [hasMore, setHasMore] = useState(false);
  const toEnd = () => log.current?.scrollTo({ top: log.current.scrollHeight });

  // biome-ignore lint/correctness/useExhaustiveDependencies: each new entry may lengthen the log
  useLayoutEffect(() => {
    if (isAtEnd.current) toEnd();
    else setHasMore(true);
  }, [entries]);

  const scrolled = () => {
    const { scrollHeight, scrollTop, clientHeight } = log.current as HTMLDivElement;
    isAtEnd.current = scrollHeight - scrollTop - clientHeight < NEAR_END;
    if (isAtEnd.current) setHasMore(false);
  };

  return (
    <div className="chat-log-frame">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <div ref={log} className="chat-log" role="log" aria-label={text("chat.log")} tabIndex={0} onScroll={scrolled}>
        <p className="chat-note">{text("chat.notKept")}</p>
        {grouped(entries).map((block) => (
          <BlockView key={block.key} block={block} />
        ))}
      </div>
      {hasMore && (
        <button type="button" className="button small chat-more" onClick={toEnd}>
          <ArrowDown aria-hidden="true" /> {text("chat.newBelow")}
        </button>
      )}
    </div>
  );
}

function BlockView({ block }: { block: Block }) {
  if (block.kind === "gap") return <p className="chat-note">{text("chat.gap", { time: timeOfDay(block.at) })}</p>;
  if (block.kind === "flood") {
    const { count, from } = block;
    return <p className="chat-note">{text("chat.flood", { count, name: from.name })}</p>;
  }
  const { from, messages } = block;
  const [first] = messages;
  return (
    <section className={from.isSelf ? "chat-group own" : "chat-group"}>
      <p className="chat-from">
        <bdi>{from.isSelf ? text("chat.you") : from.name}</bdi>{" "}
        {first && <time dateTime={new Date(first.at).toISOString()}>{timeOfDay(first.at)}</time>}
      </p>
      {messages.map((message) => (
        <MessageView key={message.key} message={message} />
      ))}
    </section>
  );
}

function MessageView({ message }: { message: ChatMessage }) {
  const talk = useTalk();
  return (
    <div className="chat-message">
      <p className="chat-text" dir="auto">
        {withLinks(message.text).map((part, index) =>
          typeof part === "string" ? (
            part
          ) : (
            // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a message never change
            <a key={index} href={part.href} target="_blank" rel="noopener noreferrer" dir="ltr">
              {part.text}
            </a>
          ),
        )}
      </p>
      {message.state === "failed" && (
        <p className="chat-failed" role="alert">
          {text("chat.failed")}{" "}
          <button type="button" className="link-button" onClick={() => talk.sayAgain(message)}>
            {text("common.tryAgain")}
          </button>
        </p>
      )}
    </div>
  );
}

/** While this is shown in a visible page, messages count as read. */
function useReading(): void {
  const { chat } = useTalk();
  useEffect(() => {
    const look = () => chat.setRead(document.visibilityState === "visible");
    look();
    document.addEventListener("visibilitychange", look);
    return () => {
      document.removeEventListener("visibilitychange", look);
      chat.setRead(false);
    };
  }, [chat]);
}
