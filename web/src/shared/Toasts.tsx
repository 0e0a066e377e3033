/** Short notifications over the stage, read aloud by screen readers. */

import { useCallback, useState } from "react";

export type Tone = "news" | "problem";
/** Shows a text; one about the same `topic` takes the place of the one before, which is no longer true. */
export type Say = (text: string, tone?: Tone, topic?: string) => void;

interface Toast {
  readonly id: number;
  readonly text: string;
  readonly tone: Tone;
  readonly topic: string | undefined;
}

const SHOWN = { news: 4_000, problem: 10_000 };
const AT_ONCE = 3;

export function useToasts(): { toasts: readonly Toast[]; say: Say } {
  const [toasts, setToasts] = useState<readonly Toast[]>([]);
  const say = useCallback<Say>((text, tone = "news", topic = undefined) => {
    const id = performance.now();
    const isReplaced = (one: Toast) => one.text === text || (topic !== undefined && one.topic === topic);
    setToasts((shown) => [...shown.filter((one) => !isReplaced(one)), { id, text, tone, topic }].slice(-AT_ONCE));
    setTimeout(() => setToasts((shown) => shown.filter((one) => one.id !== id)), SHOWN[tone]);
  }, []);
  return { toasts, say };
}

export function Toasts({ toasts }: { toasts: readonly Toast[] }) {
  return (
    <div className="toasts" role="status" aria-live="polite">
      {toasts.map((toast) => (
        <p key={toast.id} className={`toast ${toast.tone}`}>
          {toast.text}
        </p>
      ))}
    </div>
  );
}
