/** The dialogs that make and change a subscription, and that show its secret once. */

import { useState } from "react";
import { Refusal } from "../../shared/http";
import type { IssuedSubscriptionModel } from "../../shared/shapes";
import { ChoiceField, TextField } from "../fields";
import { Dialog, FormDialog, OnceDialog, Problem, Twins, useOnce } from "../parts";
import { useSay } from "../shell/say";
import { useSend } from "../useSend";
import { NO_SUBSCRIPTION, newSecret, requests, type Subscription, type SubscriptionFields } from "./api";
import { GROUPS, kindName } from "./kinds";

interface Props {
  onChanged: () => Promise<void>;
  onClose: () => void;
}

const LOST =
  "The service did not answer, so it is not known whether the subscription was made. Close this and look at the list " +
  "before you try again.";

export function CreateDialog({ onChanged, onClose }: Props) {
  const send = useSend();
  const { isBusy, problem, once } = useOnce();
  const [fields, setFields] = useState(NO_SUBSCRIPTION);
  const [secret, setSecret] = useState("");
  const action = requests.subscribe(trimmed(fields));
  const create = () =>
    once(async () => {
      try {
        setSecret((await send<IssuedSubscriptionModel>(action)).secret);
      } catch (error) {
        // Unlike other requests of this page, a second one would have a second effect.
        throw error instanceof Refusal && error.status === 0 ? new Refusal(-1, LOST) : error;
      } finally {
        await onChanged();
      }
    });
  if (secret) return <Secret title="The subscription is made" secret={secret} onClose={onClose} />;
  return (
    <Dialog title="New subscription" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void create();
        }}
      >
        <Fields fields={fields} onChange={setFields} />
        <Problem text={problem} />
        <div className="actions">
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="button primary" aria-disabled={isBusy}>
            Make the subscription
          </button>
        </div>
        <Twins actions={fields.url ? [action] : []} name="New subscription" />
      </form>
    </Dialog>
  );
}

export function EditDialog({ subscription, onChanged, onClose }: Props & { subscription: Subscription }) {
  const send = useSend();
  const say = useSay();
  const [fields, setFields] = useState<SubscriptionFields>(subscription);
  const action = requests.change(subscription.id, trimmed(fields));
  const submit = async () => {
    await send(action);
    say("Saved. It is tried at once.");
    await onChanged();
  };
  return (
    <FormDialog title="Edit the subscription" submit="Save" onSubmit={submit} onClose={onClose}>
      <Fields fields={fields} onChange={setFields} />
      <Twins actions={[action]} name="Edit the subscription" />
    </FormDialog>
  );
}

/** A new secret in place of the one that was lost or became known. */
export function SecretDialog({ subscription, onChanged, onClose }: Props & { subscription: Subscription }) {
  const send = useSend();
  const [made] = useState(newSecret);
  const [isKept, setKept] = useState(false);
  const { isBusy, problem, once } = useOnce();
  const replace = () =>
    once(async () => {
      await send(requests.setSecret(subscription.id, made));
      setKept(true);
      await onChanged();
    });
  if (isKept) return <Secret title="The new secret" secret={made} onClose={onClose} />;
  return (
    <Dialog title="Replace the secret?" onClose={onClose}>
      <p>
        Events are signed with the new secret at once. Until your program has it, it refuses them, and they are tried
        again.
      </p>
      <Problem text={problem} />
      <div className="actions">
        <button type="button" className="button" onClick={onClose}>
          Cancel
        </button>
        <button type="button" className="button danger" aria-disabled={isBusy} onClick={() => void replace()}>
          Replace the secret
        </button>
      </div>
    </Dialog>
  );
}

const CHECK = `# pip install standardwebhooks
from standardwebhooks import Webhook

event = Webhook(secret).verify(body, headers)  # raises, if it is not from here`;

interface SecretProps {
  title: string;
  secret: string;
  onClose: () => void;
}

function Secret({ title, secret, onClose }: SecretProps) {
  return (
    <OnceDialog
      title={title}
      text={secret}
      copyName="Copy the secret"
      explanation="Copy the secret now: nobody can read it again. Your program checks with it that an event is from here."
      onClose={onClose}
    >
      <p>
        Each request has the headers <code>webhook-id</code>, <code>webhook-timestamp</code> and{" "}
        <code>webhook-signature</code> of Standard Webhooks, which has libraries for most languages. In Python, with the
        body as it came:
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <pre tabIndex={0}>{CHECK}</pre>
      <p className="quiet">
        Answer with 2xx within 8 seconds. The same event may come twice, with the same <code>webhook-id</code>.
      </p>
    </OnceDialog>
  );
}

const trimmed = (fields: SubscriptionFields): SubscriptionFields => ({
  ...fields,
  url: fields.url.trim(),
  room: fields.room.trim(),
});

const VALIDATIONS: Readonly<Record<SubscriptionFields["validation"], string>> = {
  none: "None",
  cloudEvents: "CloudEvents: answers OPTIONS with WebHook-Allowed-Origin",
  eventGrid: "Event Grid: answers a validation event with its code",
};

interface FieldsProps {
  fields: SubscriptionFields;
  onChange: (fields: SubscriptionFields) => void;
}

function Fields({ fields, onChange }: FieldsProps) {
  return (
    <>
      <TextField
        label="Address"
        hint="Events are sent to it by POST."
        type="url"
        required
        spellCheck={false}
        placeholder="https://app.example/hooks/rooms"
        value={fields.url}
        onChange={(url) => onChange({ ...fields, url })}
      />
      <TypeFields types={fields.types} onChange={(types) => onChange({ ...fields, types })} />
      <TextField
        label="Room id"
        hint="Only for the events of one room."
        spellCheck={false}
        value={fields.room}
        onChange={(room) => onChange({ ...fields, room })}
      />
      <ChoiceField
        label="Handshake"
        hint="What the address is asked before the first event."
        options={VALIDATIONS}
        value={fields.validation}
        onChange={(validation) => onChange({ ...fields, validation })}
      />
    </>
  );
}

interface TypeProps {
  types: readonly string[];
  onChange: (types: readonly string[]) => void;
}

function TypeFields({ types, onChange }: TypeProps) {
  const set = (type: string, isWanted: boolean) =>
    onChange(isWanted ? [...types, type] : types.filter((one) => one !== type));
  return (
    <details className="twins">
      <summary>
        Events: {types.length === 0 ? "all, also those of later versions" : types.map(kindName).join(", ")}
      </summary>
      {Object.entries(GROUPS).map(([group, all]) => (
        <fieldset key={group} className="people type-choice">
          <legend>{group}</legend>
          {all.map((type) => (
            <label key={type} className="check">
              <input
                type="checkbox"
                checked={types.includes(type)}
                onChange={(event) => set(type, event.target.checked)}
              />
              <span>
                {kindName(type)} <code>{type}</code>
              </span>
            </label>
          ))}
        </fieldset>
      ))}
    </details>
  );
}
