/** Plan several visits from a pasted table: a preview first, then one repeatable request for each line. */

import { useEffect, useRef, useState } from "react";
import { asRefusal } from "../../shared/http";
import type { PlannedModel } from "../../shared/shapes";
import { Field, Problem, useOnce } from "../parts";
import { isAway } from "../service";
import { useService } from "../session";
import { PageHead } from "../shell/PageHead";
import { dayField, lengthText, windowText, zoneText } from "../times";
import { problemText } from "../words";
import { NO_OPTIONS, optionsOf, type Plan } from "./draft";
import { RuleFields } from "./OptionsFields";
import { PlannedVisits } from "./PlannedVisits";
import { MOST_ROWS, type Row, readTable } from "./table";
import { usePlan } from "./usePlan";

const EXAMPLE = "time\tlength\ttitle\tpresenter\tattendees\n9:00\t30\tFollow-up\tDr Ada Okafor\tBo Chen; Cy Diaz";
const UNAUTHORIZED = 401;
const TOO_MANY = 429;
const SECOND = 1_000;

export function ImportRooms() {
  const service = useService();
  const [text, setText] = useState("");
  const [day, setDay] = useState(() => dayField(new Date(service.now())));
  const [rules, setRules] = useState(NO_OPTIONS);
  const planning = usePlanning();
  const { heading, rows } = readTable(text, day, service.now());
  const visits = rows.filter((row) => row.visit !== null);
  const plan = async () => {
    const { title: _, ...options } = optionsOf(rules);
    const common = { ...options, pstnDialOutEnabled: rules.allowsPhones };
    const left = await planning.run(rows, common);
    setText(left.length ? [heading, ...left].filter(Boolean).join("\n") : "");
  };
  return (
    <article className="card console">
      <PageHead title="Several visits at once" />
      <p>
        Paste lines from a spreadsheet: time, length, title, presenter, attendees. A first line may name the columns.
        Several names stand in one cell, with semicolons between them.
      </p>
      <Field label="Table" hint={`Times are in ${zoneText(new Date(`${day}T12:00`))}.`}>
        {(id, hint) => (
          <textarea
            id={id}
            aria-describedby={hint}
            rows={8}
            spellCheck={false}
            placeholder={EXAMPLE}
            readOnly={planning.progress !== null}
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        )}
      </Field>
      <Field label="Day of times without one">
        {(id) => <input id={id} type="date" required value={day} onChange={(event) => setDay(event.target.value)} />}
      </Field>
      <details className="twins">
        <summary>Waiting room, beginning, telephones</summary>
        <RuleFields fields={rules} onChange={setRules} />
      </details>
      <Preview rows={rows} problems={planning.problems} />
      <Problem text={rows.length > MOST_ROWS ? `At most ${MOST_ROWS} lines at once: these are ${rows.length}.` : ""} />
      <div className="actions">
        <button
          type="button"
          className="button primary"
          disabled={visits.length === 0 || rows.length > MOST_ROWS}
          aria-disabled={planning.progress !== null}
          onClick={() => void planning.once(plan)}
        >
          {visits.length === 1 ? "Plan 1 visit" : `Plan ${visits.length} visits`}
        </button>
        {planning.progress && (
          <button type="button" className="button" onClick={planning.stop}>
            Stop
          </button>
        )}
      </div>
      <Progress {...planning} />
      <PlannedVisits visits={planning.made} />
    </article>
  );
}

function Progress({ progress, result }: { progress: readonly [number, number] | null; result: string }) {
  return (
    <div role="status">
      {progress ? (
        <p>
          <progress value={progress[0]} max={progress[1]} aria-label="Planned visits" /> {progress[0]} of {progress[1]}
        </p>
      ) : (
        result && <p>{result}</p>
      )}
    </div>
  );
}

function Preview({ rows, problems }: { rows: readonly Row[]; problems: ReadonlyMap<string, string> }) {
  if (rows.length === 0) return null;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reachable by keyboard
    <section className="scroll" aria-label="Preview" tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">Line</th>
            <th scope="col">When</th>
            <th scope="col">Title</th>
            <th scope="col">Presenter</th>
            <th scope="col">Attendees</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <PreviewRow key={row.number} row={row} problem={row.problem || (problems.get(row.line) ?? "")} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function PreviewRow({ row, problem }: { row: Row; problem: string }) {
  return (
    <>
      {row.visit && <VisitRow number={row.number} visit={row.visit} />}
      {problem && (
        <tr className="row-problem">
          <td>{row.visit ? "" : row.number}</td>
          <td colSpan={4}>
            <span>{problem}</span>
          </td>
        </tr>
      )}
    </>
  );
}

function VisitRow({ number, visit }: { number: number; visit: Plan }) {
  const [from, until] = [new Date(visit.validFrom ?? ""), new Date(visit.validUntil ?? "")];
  const named = (role: string) =>
    visit.participants
      .filter((person) => person.role === role)
      .map((person) => person.displayName)
      .join(", ");
  return (
    <tr>
      <td>{number}</td>
      <td>
        {windowText(from, until)} <span className="quiet">{lengthText(until.getTime() - from.getTime())}</span>
      </td>
      <td>{visit.title}</td>
      <td>{named("Presenter")}</td>
      <td>{named("Attendee")}</td>
    </tr>
  );
}

/** Plans the visits of a table one after another; what failed is returned, to be tried again. */
function usePlanning() {
  const send = usePlan();
  const { once } = useOnce();
  const [made, setMade] = useState<readonly PlannedModel[]>([]);
  const [problems, setProblems] = useState<ReadonlyMap<string, string>>(new Map());
  const [progress, setProgress] = useState<readonly [number, number] | null>(null);
  const [result, setResult] = useState("");
  const isStopped = useRef(false);
  const isRunning = progress !== null;

  useEffect(() => {
    if (!isRunning) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", warn);
    return () => removeEventListener("beforeunload", warn);
  }, [isRunning]);

  /** Return the lines that are left: those with errors, and those that were not planned. */
  const run = async (rows: readonly Row[], common: Partial<Plan>): Promise<string[]> => {
    isStopped.current = false;
    const left: string[] = [];
    const failed = new Map<string, string>();
    const total = rows.filter((row) => row.visit).length;
    let done = 0;
    setProgress([done, total]);
    for (const row of rows) {
      if (!row.visit || isStopped.current) {
        left.push(row.line);
        continue;
      }
      try {
        const visit = await patiently(() => send({ ...common, ...(row.visit as Plan) }));
        setMade((before) => [...before, visit]);
        done += 1;
        setProgress([done, total]);
      } catch (error) {
        left.push(row.line);
        failed.set(row.line, problemText(error));
        isStopped.current = isFinal(error);
      }
    }
    setProblems(failed);
    setProgress(null);
    setResult(done === total ? `Planned ${done}.` : `Planned ${done} of ${total}. The others are still in the table.`);
    return left;
  };
  const stop = () => {
    isStopped.current = true;
  };
  return { made, problems, progress, result, run, once, stop };
}

/** Return whether the next lines would fail alike. */
function isFinal(error: unknown): boolean {
  const refusal = asRefusal(error);
  return isAway(refusal) || refusal.status === UNAUTHORIZED;
}

const TRIES = 10;

/** Send again after as long as a busy service asks for. */
async function patiently<T>(send: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await send();
    } catch (error) {
      const { status, retryAfter } = asRefusal(error);
      if (status !== TOO_MANY || attempt === TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, (retryAfter ?? 1) * SECOND));
    }
  }
}
