/** Opens an invitation: exchanges it, asks before it is bound to this browser, and shows the visit. */

import { Smartphone } from "lucide-react";
import { type ReactNode, useCallback, useEffect, useMemo, useState } from "react";
import { text } from "../languages/text";
import { asRefusal, type Refusal } from "../shared/http";
import { Card } from "./Card";
import { Invitation, type Invited as InvitedPerson } from "./invitation";
import { NoticePage } from "./NoticePage";
import { type Notice, refused } from "./notices";
import { WaitPage } from "./WaitPage";

interface Props {
  secret: string;
  children: (invited: InvitedPerson, invitation: Invitation) => ReactNode;
}

export function Invited({ secret, children }: Props) {
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
  if (refusal.code === "BrowserNotConfirmed") return <Confirm confirm={() => void exchange(true)} />;
  return <Refused notice={refused(refusal, Date.now())} again={() => void exchange(false)} />;
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

function Refused({ notice, again }: { notice: Notice; again: () => void }) {
  const [nextTry, setNextTry] = useState<number | null>(null);
  const { askAgainIn } = notice;
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
