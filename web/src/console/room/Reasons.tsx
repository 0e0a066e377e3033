import { Check, X } from "lucide-react";
import { useCallback } from "react";
import type { WhyModel } from "../../shared/shapes";
import { Twin } from "../parts";
import { useService } from "../session";
import { useLoaded } from "../useLoaded";
import { actions } from "./actions";
import { useRoomPage } from "./context";
import { RULES } from "./rules";

/** Why somebody may or may not join now: each rule, and what to do. */
export function Reasons({ rawId, name }: { rawId: string; name: string }) {
  const service = useService();
  const { room, showsCommands } = useRoomPage();
  const { id } = room;
  const load = useCallback(() => {
    const { method, path } = actions.why(id, rawId).asked;
    return service.ask<WhyModel>(method, path);
  }, [service, id, rawId]);
  const { value, problem } = useLoaded(load);
  return (
    <div className="reasons" role="status">
      {problem && <p className="warning">{problem}</p>}
      {value && (
        <>
          <p>
            <strong>{name}</strong> {value.mayJoin ? `may join now as ${value.role}.` : "may not join now:"}
          </p>
          <ul>
            {value.rules.map((rule) => (
              <li key={rule.rule}>
                {rule.passed ? <Check role="img" aria-label="Yes:" /> : <X role="img" aria-label="No:" />}
                <span>
                  {RULES[rule.rule]?.holds ?? rule.rule}
                  {!rule.passed && <span className="quiet">. {RULES[rule.rule]?.remedy ?? rule.message}</span>}
                </span>
              </li>
            ))}
          </ul>
        </>
      )}
      {showsCommands && <Twin action={actions.why(id, rawId)} name={`Why ${name} may join or not`} />}
    </div>
  );
}
