/** Tests the connection before the call, and says in words what works and what to ask for. */

import { Room } from "livekit-client";
import { Activity, Check, LoaderCircle, type LucideIcon, Minus, TriangleAlert } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { text } from "../languages/text";
import { problemOf } from "../shared/problems";
import { CopyButton } from "./CopyButton";
import {
  ConnectionTest,
  lineOf,
  type Outcome,
  STEPS,
  type TestReport,
  UNTESTED,
  type Verdict,
  verdictOf,
} from "./connectionTest";
import type { RoomService } from "./service";

const ICONS: Record<Outcome, LucideIcon> = {
  waiting: Minus,
  testing: LoaderCircle,
  works: Check,
  blocked: TriangleAlert,
  absent: Minus,
};

interface Props {
  service: Pick<RoomService, "testConnection">;
  /** How the devices of the preview are doing. */
  microphone: Outcome;
  camera: Outcome;
}

export function ConnectionTestView({ service, microphone, camera }: Props) {
  const { report, problem, isRunning, run } = useTest(service);
  const section = useRef<HTMLElement>(null);
  // The results appear below the button, which may be the last thing in the window.
  useEffect(() => {
    if (isRunning || report.isDone) section.current?.scrollIntoView({ block: "nearest" });
  }, [report, isRunning]);
  return (
    <section ref={section} className="connection-test" aria-label={text("test.title")} aria-busy={isRunning}>
      <button type="button" className="button small" disabled={isRunning} onClick={() => void run()}>
        <Activity aria-hidden="true" /> {text(isRunning ? "test.running" : report.isDone ? "test.again" : "test.start")}
      </button>
      {(isRunning || report.isDone) && (
        <ul className="test-steps">
          {STEPS.map((step) => (
            <Line key={step} name={text(`test.step.${step}`)} outcome={report.steps[step]} />
          ))}
          <Line name={text("device.microphone")} outcome={microphone} />
          <Line name={text("device.camera")} outcome={camera} />
        </ul>
      )}
      <div role="status">
        {problem && <p className="warning">{problem}</p>}
        {report.isDone && <Result report={report} />}
      </div>
    </section>
  );
}

function Line({ name, outcome }: { name: string; outcome: Outcome }) {
  const Icon = ICONS[outcome];
  return (
    <li className={`test-step ${outcome}`}>
      <Icon aria-hidden="true" />
      <span>
        {name}
        {": "}
        <strong>{text(`test.${outcome}`)}</strong>
      </span>
    </li>
  );
}

function Result({ report }: { report: TestReport }) {
  const verdict: Verdict = verdictOf(report);
  return (
    <>
      <p className={verdict.startsWith("no") ? "warning" : "test-verdict"}>{text(`test.verdict.${verdict}`)}</p>
      {verdict !== "good" && <ForDepartment report={report} />}
    </>
  );
}

function ForDepartment({ report }: { report: TestReport }) {
  const lines = report.endpoints.map(lineOf);
  return (
    <div className="test-department">
      <p>{text("test.ask")}</p>
      <ul dir="ltr">
        {lines.map((line) => (
          <li key={line}>
            <code>{line}</code>
          </li>
        ))}
      </ul>
      <CopyButton content={() => [text("test.ask"), ...lines].join("\n")} />
    </div>
  );
}

function useTest(service: Pick<RoomService, "testConnection">) {
  const [report, setReport] = useState(UNTESTED);
  const [problem, setProblem] = useState("");
  const [isRunning, setRunning] = useState(false);
  const isShown = useRef(true);
  useEffect(() => {
    isShown.current = true;
    return () => {
      isShown.current = false;
    };
  }, []);

  const run = async () => {
    setRunning(true);
    setProblem("");
    setReport(UNTESTED);
    const tell = (news: TestReport) => isShown.current && setReport(news);
    try {
      await new ConnectionTest(
        () => service.testConnection(),
        () => new Room(),
        tell,
      ).run();
    } catch (error) {
      if (isShown.current) setProblem(problemOf(error));
    }
    if (isShown.current) setRunning(false);
  };
  return { report, problem, isRunning, run };
}
