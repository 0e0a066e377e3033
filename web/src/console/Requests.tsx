import { useEffect, useId, useMemo, useState } from "react";
import { asRefusal } from "../shared/http";
import type { RequestPage } from "../shared/shapes";
import { DevelopmentApi, type Recorded, withNewer } from "./development";
import { useService } from "./session";
import { PageHead } from "./shell/PageHead";

const TRY_AGAIN = 2_000;
const FIRST_ERROR = 400;

export function Requests() {
  const service = useService();
  const api = useMemo(() => new DevelopmentApi(service), [service]);
  const { requests, problem, clear } = useRequests(api);
  const [refusedOnly, setRefusedOnly] = useState(false);
  const [open, setOpen] = useState<number | null>(null);
  const shown = requests?.filter((request) => !refusedOnly || isFailed(request)).toReversed();
  return (
    <section className="card console">
      <PageHead title="Requests">
        <div className="actions">
          <button
            type="button"
            className="button small"
            aria-pressed={refusedOnly}
            onClick={() => setRefusedOnly(!refusedOnly)}
          >
            Failed only
          </button>
          <button type="button" className="button small" disabled={requests === null} onClick={() => void clear()}>
            Clear
          </button>
        </div>
      </PageHead>
      {problem && (
        <p className="warning" role="alert">
          {problem}
        </p>
      )}
      {shown?.length === 0 && <p className="quiet">No request yet. They appear here as they come.</p>}
      <ul className="requests" aria-label="Requests, newest first">
        {shown?.map((request) => (
          <Row
            key={request.number}
            request={request}
            isOpen={open === request.number}
            onToggle={() => setOpen(open === request.number ? null : request.number)}
          />
        ))}
      </ul>
    </section>
  );
}

function Row({ request, isOpen, onToggle }: { request: Recorded; isOpen: boolean; onToggle: () => void }) {
  const id = useId();
  return (
    <li>
      <button type="button" className="request" aria-expanded={isOpen} aria-controls={id} onClick={onToggle}>
        <span className={isFailed(request) ? "chip failed" : "chip open"}>{request.status || "cut"}</span>
        <span className="request-line">
          <strong>{request.method}</strong> {request.target}
        </span>
        <span className="quiet">
          {new Date(request.time).toLocaleTimeString()} · {request.milliseconds} ms
        </span>
      </button>
      {(request.refusal || request.fault) && (
        <p className="request-why">
          {request.fault && <span className="chip">fault {request.fault}</span>} {request.refusal}
        </p>
      )}
      <div id={id} hidden={!isOpen} className="request-details">
        {isOpen && <Details request={request} />}
      </div>
    </li>
  );
}

function Details({ request }: { request: Recorded }) {
  return (
    <>
      <Part title="Operation" text={`${request.operation}${request.caller ? `, by ${request.caller}` : ""}`} />
      {request.stringToSign && <Part title="String to sign" text={request.stringToSign} />}
      <Part title="Request headers" text={lines(request.headers)} />
      <Part title="Request body" text={request.body} />
      <Part title="Answer headers" text={lines(request.answerHeaders)} />
      <Part title="Answer body" text={request.answerBody} />
    </>
  );
}

function Part({ title, text }: { title: string; text: string }) {
  if (!text) return null;
  return (
    <section aria-label={title}>
      <h2>{title}</h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <pre tabIndex={0}>{text}</pre>
    </section>
  );
}

/** Follow the requests for as long as the view is shown. */
function useRequests(api: DevelopmentApi) {
  const [requests, setRequests] = useState<Recorded[] | null>(null);
  const [problem, setProblem] = useState("");
  useEffect(() => {
    let isShown = true;
    const follow = async () => {
      let newest: number | null = null;
      while (isShown) {
        try {
          const page: RequestPage = await api.requests(newest);
          if (!isShown) return;
          const isFirst: boolean = newest === null;
          newest = page.value.at(-1)?.number ?? (isFirst ? page.newest : newest);
          setRequests((before) => (isFirst || !before ? [...page.value] : withNewer(before, page.value)));
          setProblem("");
        } catch (error) {
          if (!isShown) return;
          setProblem(asRefusal(error).message);
          await new Promise((done) => setTimeout(done, TRY_AGAIN));
        }
      }
    };
    void follow();
    return () => {
      isShown = false;
    };
  }, [api]);
  const clear = async () => {
    try {
      await api.clearRequests();
      setRequests([]);
    } catch (error) {
      setProblem(asRefusal(error).message);
    }
  };
  return { requests, problem, clear };
}

const isFailed = (request: Recorded) => request.status === 0 || request.status >= FIRST_ERROR;

const lines = (headers: Recorded["headers"]) =>
  Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}`)
    .join("\n");
