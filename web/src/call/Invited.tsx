/** Opens an invitation: exchanges it, asks before it is bound to this browser, and shows the visit. */

import { AppWindow, Smartphone } from "lucide-react";
import { type ReactNode, useCallback, useEffect, useMemo, useState } from "react";
import { text } from "../languages/text";
import { isFramed } from "../shared/framed";
import { asRefusal, type Refusal } from "../shared/http";
import { Card } from "./Card";
import { type Embedder, keepsCookies } from "./embedding";
import { Invitation, type Invited as InvitedPerson } from "./invitation";
import { NoticePage } from "./NoticePage";
import { type Notice, refused } from "./notices";
import { WaitPage } from "./WaitPage";

interface Props {
  secret: string;
  embedder: Embedder;
  children: (invited: InvitedPerson, invitation: Invitation) => ReactNode;
}

export function Invited({ secret, embedder, children }: Props) {
  const invitation = useMemo(() => new Invitation(secret), [secret]);
  const [invited, setInvited] = useState<InvitedPerson | null>(null);
  const [refusal, setRefusal] = useState<Refusal | null>(null);

  const exchange = useCallback(
    async (confirms: boolean) => {
      try {
        setInvited(await invitation.exchange(confirms));
        setRefusal(null);
      } catch (error) {
        setRefusal(asRefusal(error));
      }
    },
    [invitation],
  );
  useEffect(() => void exchange(false), [exchange]);

  if (invited) return children(invited, invitation);
  if (!refusal) return <WaitPage title={text("wait.lookingUp")} />;
  if (refusal.code === "BrowserNotConfirmed") {
    if (isFramed() && !keepsCookies()) return <OwnTab secret={secret} />;
    return <Confirm confirm={() => void exchange(true)} />;
  }
  return <Refused notice={refused(refusal, Date.now())} again={() => void exchange(false)} embedder={embedder} />;
}

/** Shown where the browser keeps no cookies of a framed page, so that the link could be bound to nothing. */
function OwnTab({ secret }: { secret: string }) {
  return (
    <Card icon={AppWindow} title={text("invitation.ownTab")}>
      <p>{text("invitation.ownTab.text")}</p>
      <div className="actions">
        <a className="button primary" href={`/j#${secret}`} target="_blank" rel="noopener noreferrer">
          {text("invitation.ownTab.open")}
        </a>
      </div>
    </Card>
  );
}

function Confirm({ confirm }: { confirm: () => void }) {
  return (
    <Card icon={Smartphone} title={text("invitation.confirm")}>
      <p>{text("invitation.confirm.text")}</p>
      <div className="actions">
        <button type="button" className="button primary" onClick={confirm}>
          {text("invitation.confirm.yes")}
        </button>
      </div>
    </Card>
  );
}

interface RefusedProps {
  notice: Notice;
  again: () => void;
  embedder: Embedder;
}

function Refused({ notice, again, embedder }: RefusedProps) {
  const [nextTry, setNextTry] = useState<number | null>(null);
  const { askAgainIn } = notice;
  useEffect(() => embedder.stayOutside(notice.reason), [embedder, notice]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each refusal has its own pause
  useEffect(() => {
    if (askAgainIn === null) return;
    setNextTry(Date.now() + askAgainIn * 1_000);
    const timer = setTimeout(again, askAgainIn * 1_000);
    addEventListener("online", again);
    return () => {
      clearTimeout(timer);
      removeEventListener("online", again);
    };
  }, [notice]);
  return <NoticePage notice={notice} nextTry={nextTry} onWayOut={again} roomId={null} now={Date.now} />;
}
