import { useState } from "react";
import { FormDialog, Twins, useOnce } from "../parts";
import { useMayWrite } from "../session";
import { useSay } from "../shell/say";
import { useSend } from "../useSend";
import { problemText } from "../words";
import { requests, type Subscription } from "./api";
import { EditDialog, SecretDialog } from "./SubscriptionDialogs";

interface Props {
  subscription: Subscription;
  onChanged: () => Promise<void>;
  /** Called instead once the subscription is deleted. */
  onDeleted?: () => void;
}

type Open = "edit" | "secret" | "delete" | null;

/** What can be done with a subscription; readers see none of it. */
export function SubscriptionActions({ subscription, onChanged, onDeleted }: Props) {
  const mayWrite = useMayWrite();
  const send = useSend();
  const say = useSay();
  const { isBusy, once } = useOnce();
  const [open, setOpen] = useState<Open>(null);
  const { id, url, state } = subscription;
  const isEnabled = state !== "disabled";
  if (!mayWrite) return null;
  const close = () => setOpen(null);
  const toggle = () =>
    void once(async () => {
      try {
        await send(requests.setEnabled(id, !isEnabled));
        say(
          isEnabled
            ? "Nothing is sent to it now. What happens waits until it is enabled."
            : "Events are sent to it again.",
        );
      } catch (error) {
        say(problemText(error), "problem");
      }
      await onChanged();
    });
  const buttons = [
    ["Edit", () => setOpen("edit")],
    ["New secret", () => setOpen("secret")],
    [isEnabled ? "Disable" : "Enable", toggle],
    ["Delete", () => setOpen("delete")],
  ] as const;
  return (
    <>
      {buttons.map(([label, press]) => (
        <button
          key={label}
          type="button"
          className="button small"
          aria-label={`${label}: ${url}`}
          aria-disabled={isBusy}
          onClick={press}
        >
          {label}
        </button>
      ))}
      {open === "edit" && <EditDialog subscription={subscription} onChanged={onChanged} onClose={close} />}
      {open === "secret" && <SecretDialog subscription={subscription} onChanged={onChanged} onClose={close} />}
      {open === "delete" && (
        <DeleteDialog subscription={subscription} onDeleted={onDeleted ?? onChanged} onClose={close} />
      )}
    </>
  );
}

interface DeleteProps {
  subscription: Subscription;
  onDeleted: () => Promise<void> | void;
  onClose: () => void;
}

function DeleteDialog({ subscription: { id, url, waiting, deadLetters }, onDeleted, onClose }: DeleteProps) {
  const send = useSend();
  const say = useSay();
  const action = requests.unsubscribe(id);
  const lost = [waiting > 0 && `${waiting} that wait`, deadLetters > 0 && `${deadLetters} that were given up`].filter(
    Boolean,
  );
  const submit = async () => {
    await send(action);
    say("The subscription is deleted.");
    await onDeleted();
  };
  return (
    <FormDialog
      title="Delete this subscription?"
      submit="Delete the subscription"
      isDangerous
      onSubmit={submit}
      onClose={onClose}
    >
      <p>
        <strong>{url}</strong> gets no event any more. What was not delivered to it is lost
        {lost.length > 0 && `: ${lost.join(" and ")}`}. Its secret is forgotten. Events can still be read, and other
        subscriptions go on. To stop only for a while, disable it.
      </p>
      <Twins actions={[action]} name="Delete the subscription" />
    </FormDialog>
  );
}
