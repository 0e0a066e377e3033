/** Short notifications over the stage, read aloud by screen readers. */

import { useCallback, useState } from "react";

export type Tone = "news" | "problem";
export type Say = (text: string, tone?: Tone) => void;

interface Toast {
  readonly id: number;
  readonly text: string;
  readonly tone: Tone;
}

const SHOWN = { news: 4_000, problem: 10_000 };
const AT_ONCE = 3;

export function useToasts(): { toasts: readonly Toast[]; say: Say } {
  const [toasts, setToasts] = useState<readonly Toast[]>([]);
  const say = useCallback<Say>((text, tone = "news") => {
    const id = performance.now();
    setToasts((shown) => [...shown.filter((one) => one.text !== text), { id, text, tone }].slice(-AT_ONCE));
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
