import { seconds } from "../languages/formats";
import { text } from "../languages/text";
import { useNow } from "../shared/useNow";

/** Shows when the page retries automatically; nothing if no retry is planned. */
export function NextTry({ at }: { at: number | null }) {
  const now = useNow();
  if (at === null) return null;
  const left = Math.max(0, Math.ceil((at - now) / 1_000));
  return <p className="quiet">{left > 0 ? text("wait.tryingIn", { time: seconds(left) }) : text("wait.trying")}</p>;
}
