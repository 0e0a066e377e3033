import { type FormEvent, useCallback, useId, useMemo, useState } from "react";
import { asRefusal } from "../shared/http";
import { DevelopmentApi, type Fault, faultText, parseFault } from "./development";
import { useService } from "./session";
import { PageHead } from "./shell/PageHead";
import { useLoaded } from "./useLoaded";

const LIVE = 2_000;
const STEPS: readonly (readonly [string, number])[] = [
  ["−1 h", -3_600],
  ["+5 min", 300],
  ["+1 h", 3_600],
  ["+1 day", 86_400],
];
const RECIPES: readonly (readonly [string, string])[] = [
  ["Throttled", "status=429 retryAfter=2"],
  ["Answer lost", "operation=create_room times=1 cut=beforeAnswer"],
  ["Slow", "delay=3"],
  ["Database away", "away=database"],
  ["Broken JSON", "malformed=true"],
];

/** The clock and the faults of a development service. */
export function Bench() {
  const service = useService();
  const api = useMemo(() => new DevelopmentApi(service), [service]);
  const [problem, setProblem] = useState("");
  const act = async (deed: () => Promise<unknown>, after: () => Promise<void>) => {
    try {
      await deed();
      setProblem("");
    } catch (error) {
      setProblem(asRefusal(error).message);
    }
    await after();
  };
  return (
    <section className="card console">
      <PageHead title="Clock and faults" />
      {problem && (
        <p className="warning" role="alert">
          {problem}
        </p>
      )}
      <Clock api={api} act={act} />
      <Faults api={api} act={act} />
    </section>
  );
}

interface Part {
  api: DevelopmentApi;
  act: (deed: () => Promise<unknown>, after: () => Promise<void>) => Promise<void>;
}

function Clock({ api, act }: Part) {
  const { value, reload } = useLoaded(
    useCallback(() => api.clock(), [api]),
    { every: LIVE },
  );
  const move = (deed: () => Promise<unknown>) => void act(deed, reload);
  return (
    <section aria-label="Clock">
      <h2>Clock</h2>
      {value && (
        <p>
          <strong>{new Date(value.time).toLocaleString()}</strong> ·{" "}
          {value.isFrozen
            ? "it stands still"
            : value.isMoved
              ? "it runs, but was moved"
              : "it goes by this machine’s time"}
        </p>
      )}
      <div className="actions wrap">
        {STEPS.map(([name, seconds]) => (
          <button key={name} type="button" className="button small" onClick={() => move(() => api.advance(seconds))}>
            {name}
          </button>
        ))}
        <button
          type="button"
          className="button small"
          onClick={() => move(() => api.setClock({ isFrozen: !value?.isFrozen }))}
        >
          {value?.isFrozen ? "Run" : "Freeze"}
        </button>
        <button type="button" className="button small" onClick={() => move(() => api.resetClock())}>
          Reset
        </button>
      </div>
    </section>
  );
}

function Faults({ api, act }: Part) {
  const id = useId();
  const [text, setText] = useState("");
  const { value, reload } = useLoaded(
    useCallback(() => api.faults(), [api]),
    { every: LIVE },
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void act(() => api.addFault(parseFault(text)), reload);
  };
  return (
    <section aria-label="Faults">
      <h2>Faults</h2>
      {value?.length === 0 && <p className="quiet">No fault is injected.</p>}
      <ul className="rows">
        {value?.map((fault) => (
          <FaultRow key={fault.id} fault={fault} onRemove={() => void act(() => api.removeFault(fault.id), reload)} />
        ))}
      </ul>
      <form className="finder wide" onSubmit={submit}>
        <label htmlFor={id}>New fault</label>
        <input
          id={id}
          required
          autoComplete="off"
          spellCheck={false}
          placeholder="operation=create_room status=429 retryAfter=2"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <button type="submit" className="button small">
          Add
        </button>
      </form>
      <div className="actions wrap">
        {RECIPES.map(([name, recipe]) => (
          <button key={name} type="button" className="button small" onClick={() => setText(recipe)}>
            {name}
          </button>
        ))}
      </div>
    </section>
  );
}

function FaultRow({ fault, onRemove }: { fault: Fault; onRemove: () => void }) {
  return (
    <li>
      <span className="row-text">
        <strong>
          {fault.injected} of {fault.matched}
        </strong>{" "}
        requests
        <code>{faultText(fault)}</code>
      </span>
      <button type="button" className="button small" aria-label={`Remove fault ${fault.id}`} onClick={onRemove}>
        Remove
      </button>
    </li>
  );
}
