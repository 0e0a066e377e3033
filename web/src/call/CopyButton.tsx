import { Copy } from "lucide-react";
import { useState } from "react";
import { text } from "../languages/text";

/** Copies a text, which is made when the button is pressed; absent where the browser cannot copy. */
export function CopyButton({ content }: { content: () => string }) {
  const [outcome, setOutcome] = useState<"common.copy" | "common.copied" | "common.copy.failed">("common.copy");
  if (!navigator.clipboard) return null;
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(content());
      setOutcome("common.copied");
    } catch {
      // A page around the frame may forbid it.
      setOutcome("common.copy.failed");
    }
  };
  return (
    <>
      <button type="button" className="button small" onClick={() => void copy()}>
        <Copy aria-hidden="true" /> {text(outcome)}
      </button>
      <span className="visually-hidden" role="status">
        {outcome !== "common.copy" && text(outcome)}
      </span>
    </>
  );
}
