import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useLocation } from "wouter";
import { asRefusal } from "../shared/http";
import { broughtBy, type Proof, SIGN_IN, type SignedIn, SignInApi, type Way } from "./signing";

type State =
  | { readonly kind: "asking" }
  | { readonly kind: "away" }
  | { readonly kind: "link"; readonly who: SignedIn; readonly proof: Proof; readonly to: string }
  | { readonly kind: "out"; readonly ways: readonly Way[]; readonly notice: string; readonly problem: string }
  | { readonly kind: "in"; readonly who: SignedIn; readonly isEnded: boolean };

export interface Signing {
  readonly api: SignInApi;
  readonly state: State;
  readonly resource: string;
  readonly choose: (resource: string) => void;
  /** Ask who is signed in. */
  readonly ask: () => Promise<void>;
  readonly signIn: (proof: Proof, to?: string) => Promise<void>;
  /** Go on as who is signed in already. */
  readonly enter: (who: SignedIn) => void;
  readonly signOut: () => Promise<void>;
  /** To be called when the service refuses the session. */
  readonly onEnded: () => void;
}

const CHANNEL = "openrooms-console";
const CHOSEN = "openrooms-resource";

/** Follow whether somebody is signed in, here and in the other tabs of this browser. */
export function useSigning(): Signing {
  const api = useMemo(() => new SignInApi(), []);
  const tabs = useTabs();
  const [path, navigate] = useLocation();
  const [state, setState] = useState<State>({ kind: "asking" });
  const [chosen, setChosen] = useState(() => sessionStorage.getItem(CHOSEN));

  const enter = useCallback((who: SignedIn) => setState({ kind: "in", who, isEnded: false }), []);

  const leave = useCallback(
    async (notice: string, problem: string) => {
      try {
        setState({ kind: "out", ways: await api.ways(), notice, problem });
      } catch {
        setState({ kind: "away" });
      }
    },
    [api],
  );

  const signIn = useCallback(
    async (proof: Proof, to?: string) => {
      try {
        enter(await api.signIn(proof));
        tabs.tell("in");
        if (to) navigate(`~${to}`, { replace: true });
      } catch (error) {
        await leave("", asRefusal(error).message);
      }
    },
    [api, enter, leave, navigate, tabs],
  );

  const ask = useCallback(async () => {
    const brought = broughtBy(location);
    // The secret must not stay in the address, nor in the history.
    if (brought) history.replaceState(null, "", "proof" in brought ? brought.to : SIGN_IN);
    if (brought && "problem" in brought) return leave("", brought.problem);
    try {
      if (brought && !("secret" in brought.proof)) return signIn(brought.proof, brought.to);
      const who = await api.session();
      // Otherwise, whoever sent the link could have this person act in another session without knowing.
      if (brought && who) return setState({ kind: "link", who, ...brought });
      if (brought) return signIn(brought.proof, brought.to);
      if (who) return enter(who);
      const ways = await api.ways();
      if (ways.some(({ kind }) => kind === "development")) return signIn({});
      setState({ kind: "out", ways, notice: "", problem: "" });
    } catch {
      setState({ kind: "away" });
    }
  }, [api, enter, leave, signIn]);

  useEffect(() => void ask(), [ask]);

  const isRenewing = useRef(false);
  const onEnded = useCallback(async () => {
    // Several requests may be refused together.
    if (isRenewing.current) return;
    isRenewing.current = true;
    const ways = await api.ways().catch(() => []);
    // A development service signs in by itself, for instance after its clock was moved.
    const isDevelopment = ways.some(({ kind }) => kind === "development");
    if (isDevelopment) await api.signIn({}).then(enter, () => undefined);
    else setState((known) => (known.kind === "in" ? { ...known, isEnded: true } : known));
    isRenewing.current = false;
  }, [api, enter]);

  const signOut = useCallback(async () => {
    await api.signOut().catch(() => undefined);
    sessionStorage.removeItem(CHOSEN);
    tabs.tell("out");
    await leave("You have signed out.", "");
  }, [api, leave, tabs]);

  const isEnded = state.kind === "in" && state.isEnded;
  useEffect(() => {
    if (!isEnded) return;
    // Another tab signs in again; then this one goes on.
    const look = async () => {
      const who = await api.session().catch(() => null);
      if (who) enter(who);
    };
    const onFocus = () => void look();
    addEventListener("focus", onFocus);
    const stop = tabs.hear((news) => news === "in" && void look());
    return () => {
      removeEventListener("focus", onFocus);
      stop();
    };
  }, [isEnded, api, enter, tabs]);

  useEffect(() => tabs.hear((news) => news === "out" && void leave("You have signed out.", "")), [tabs, leave]);

  useEffect(() => {
    if (state.kind === "in" && `/console${path}` === SIGN_IN) navigate("/", { replace: true });
  }, [state.kind, path, navigate]);

  const choose = useCallback((resource: string) => {
    sessionStorage.setItem(CHOSEN, resource);
    setChosen(resource);
  }, []);

  const known = state.kind === "in" ? state.who : null;
  const resource = known?.resources.find(({ id }) => id === chosen)?.id ?? known?.resource ?? "";
  return { api, state, resource, choose, ask, signIn, enter, signOut, onEnded: useStable(onEnded) };
}

type News = "in" | "out";

/** What the tabs of this browser tell each other. */
function useTabs() {
  return useMemo(() => {
    const channel = new BroadcastChannel(CHANNEL);
    return {
      tell: (news: News) => channel.postMessage(news),
      hear: (heard: (news: News) => void) => {
        const listen = ({ data }: MessageEvent<News>) => heard(data);
        channel.addEventListener("message", listen);
        return () => channel.removeEventListener("message", listen);
      },
    };
  }, []);
}

const useStable = (deed: () => Promise<void>) => useCallback(() => void deed(), [deed]);
