import { useNow } from "../shared/useNow";

/** Shows when the page retries automatically; nothing if no retry is planned. */
export function NextTry({ at }: { at: number | null }) {
  const now = useNow();
  if (at === null) return null;
  const seconds = Math.max(0, Math.ceil((at - now) / 1_000));
  return <p className="quiet">{seconds > 0 ? `Trying again in ${seconds} s` : "Trying again…"}</p>;
}
