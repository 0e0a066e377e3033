/** Writes a chat message. Enter sends it; with Shift it begins a line. */

import { SendHorizontal } from "lucide-react";
import { type FormEvent, type KeyboardEvent, useId, useRef, useState } from "react";
import { text } from "../languages/text";
import { LONGEST_MESSAGE } from "./chat";
import { useTalk } from "./useTalk";

// Below this many characters left, the field tells how many.
const NEAR_LIMIT = 200;

export function ChatField() {
  const talk = useTalk();
  const id = useId();
  const [draft, setDraft] = useState(talk.draft);
  const [problem, setProblem] = useState("");
  const field = useRef<HTMLTextAreaElement>(null);
  const left = LONGEST_MESSAGE - draft.length;

  const write = (content: string) => {
    talk.draft = content;
    setDraft(content);
    setProblem("");
  };

  const send = (event?: FormEvent) => {
    event?.preventDefault();
    const outcome = talk.say(draft);
    if (outcome === "too fast") setProblem(text("chat.tooFast"));
    else if (outcome === "sent") write("");
    field.current?.focus();
  };

  const press = (event: KeyboardEvent) => {
    // Enter also ends the composition of a character, for example in Japanese.
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    send();
  };

  return (
    <form className="chat-form" onSubmit={send}>
      <label htmlFor={id} className="visually-hidden">
        {text("chat.field")}
      </label>
      <textarea
        ref={field}
        id={id}
        rows={1}
        dir="auto"
        value={draft}
        maxLength={LONGEST_MESSAGE}
        placeholder={text("chat.field")}
        onChange={(event) => write(event.target.value)}
        onKeyDown={press}
      />
      <button type="submit" className="round small" aria-label={text("chat.send")} disabled={!draft.trim()}>
        <SendHorizontal className="turns" aria-hidden="true" />
      </button>
      <p className="chat-problem" role="status">
        {problem || (left < NEAR_LIMIT && text("chat.left", { count: left }))}
      </p>
    </form>
  );
}
