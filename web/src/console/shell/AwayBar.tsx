import { useIsAway } from "./useIsAway";

/** Says that the service does not answer; the pages keep what they show until it is back. */
export function AwayBar() {
  const isAway = useIsAway();
  return (
    <div role="status">
      {isAway && <p className="away">The service does not answer. Trying again… What you see may be out of date.</p>}
    </div>
  );
}
