import { text } from "../languages/text";
import { DarkLogo } from "../shared/Brand";
import { Heading } from "../shared/Frame";
import { problemOf } from "../shared/problems";
import type { Say } from "../shared/Toasts";
import { Clock } from "./Clock";
import type { CallFacts } from "./callFacts";
import { roleName } from "./capabilities";
import { ExtendMenu } from "./ExtendMenu";
import type { Admission, RoomService } from "./service";

interface Props {
  admission: Admission;
  facts: CallFacts | null;
  service: RoomService;
  say: Say;
  inert: boolean;
}

/** The header of the call: its title, the person's role, and the time left. */
export function StageHead({ admission, facts, service, say, inert }: Props) {
  const extend = (minutes: number) =>
    service.extend(minutes, facts?.end ?? "").catch((error) => say(problemOf(error), "problem"));
  const extendBy = admission.role === "Presenter" ? (facts?.extendBy ?? 0) : 0;
  return (
    <header className="stage-head" inert={inert}>
      <Heading className="visually-hidden">{text("page.call")}</Heading>
      <DarkLogo />
      <p className="stage-title">{facts?.title}</p>
      <span className="role-chip">{roleName(admission.role)}</span>
      <Clock validUntil={admission.validUntil} service={service} say={say} />
      <ExtendMenu minutesLeft={extendBy} extend={(minutes) => void extend(minutes)} />
    </header>
  );
}
