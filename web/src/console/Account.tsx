import { useId } from "react";
import { useSession } from "./session";
import { nameOf } from "./signing";

const WORDS = { reader: "may read", contributor: "may read and change" };

/** Who is signed in, until when, and which of their resources the console shows. */
export function Account() {
  const id = useId();
  const { who, role, resource, choose } = useSession();
  const ends = new Date(who.endsAt).toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });
  return (
    <div className="account">
      <p>
        <strong>{nameOf(who)}</strong> <span className="quiet">{WORDS[role]}</span>
        <br />
        <span className="quiet">Signed in until {ends} at most</span>
      </p>
      {who.resources.length > 1 && (
        <div className="field">
          <label htmlFor={id}>Resource</label>
          <select id={id} value={resource} onChange={(event) => choose(event.target.value)}>
            {who.resources.map(({ id: value, host }) => (
              <option key={value} value={value}>
                {host || "any host"}
              </option>
            ))}
          </select>
        </div>
      )}
    </div>
  );
}
