import { Building2, KeyRound, MonitorCheck } from "lucide-react";
import { useState } from "react";
import { Frame, Heading } from "../shared/Frame";
import { asRefusal } from "../shared/http";
import { remember, type SignInApi, type Way } from "./signing";

interface Props {
  api: SignInApi;
  ways: readonly Way[];
  /** What has happened, such as signing out. */
  notice: string;
  /** Why signing in has failed. */
  problem: string;
  onDevelopment: () => void;
}

/** The page for those who are not signed in: the ways to do so. */
export function SignIn({ api, ways, notice, problem, onDevelopment }: Props) {
  return (
    <Frame>
      <section className="card notice sign-in">
        <Heading>Sign in</Heading>
        <p>This is the console of the people who run visits here.</p>
        {notice && <p role="status">{notice}</p>}
        <Ways api={api} ways={ways} problem={problem} onDevelopment={onDevelopment} />
      </section>
    </Frame>
  );
}

function Ways({ api, ways, problem, onDevelopment }: Omit<Props, "notice">) {
  const [failure, setFailure] = useState("");
  const go = async (way: Way) => {
    setFailure("");
    try {
      const url = await api.begin(way);
      remember(location.pathname + location.search);
      location.assign(url);
    } catch (error) {
      setFailure(asRefusal(error).message);
    }
  };
  const text = failure || problem;
  return (
    <>
      <div role="alert">{text && <p className="warning">{text}</p>}</div>
      <div className="sign-in-ways">
        {ways
          .filter(({ kind }) => kind === "openid")
          .map((way) => (
            <button key={way.id} type="button" className="button primary" onClick={() => void go(way)}>
              <Building2 aria-hidden /> Continue with {way.title}
            </button>
          ))}
        {ways.some(({ kind }) => kind === "development") && (
          <button type="button" className="button primary" onClick={onDevelopment}>
            <MonitorCheck aria-hidden /> Sign in on this machine
          </button>
        )}
      </div>
      <p className="hint">
        <KeyRound aria-hidden /> Or open a one-time link. On the machine of the service,{" "}
        <code>openrooms operator-token --console</code> prints one.
      </p>
    </>
  );
}
