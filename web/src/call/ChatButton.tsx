import { MessageSquare } from "lucide-react";
import { text } from "../languages/text";
import { BarButton } from "./BarButton";
import { useChat } from "./useTalk";

/** Opens the chat, and shows how many messages are unread. */
export function ChatButton({ isOpen, toggle }: { isOpen: boolean; toggle: () => void }) {
  const { unread } = useChat();
  return (
    <BarButton
      label={text("panel.chat")}
      hint={unread ? text("chat.unread", { count: unread }) : text("chat.hint")}
      pressed={isOpen}
      onClick={toggle}
      {...(unread ? { count: unread } : {})}
    >
      <MessageSquare />
    </BarButton>
  );
}
