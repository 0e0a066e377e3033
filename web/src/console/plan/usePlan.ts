import { useCallback, useState } from "react";
import type { PlannedModel } from "../../shared/shapes";
import { actions } from "../room/actions";
import { useService } from "../session";
import type { Plan } from "./draft";
import { madeLinks } from "./links";
import { Repeats } from "./repeats";

/** Return the function that plans a visit: sent again after a lost answer, it plans no second one. */
export function usePlan(): (plan: Plan) => Promise<PlannedModel> {
  const service = useService();
  const [repeats] = useState(() => new Repeats(service.now));
  return useCallback(
    async (plan) => {
      const text = JSON.stringify(plan);
      const { method, path, body, headers } = actions.plan(plan, repeats.headers(text)).asked;
      const planned = await service.ask<PlannedModel>(method, path, body, headers);
      repeats.settle(text);
      for (const { invitation } of planned.participants) madeLinks(service).set(invitation.id, invitation.url);
      return planned;
    },
    [service, repeats],
  );
}
