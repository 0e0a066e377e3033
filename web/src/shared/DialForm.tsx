import { Phone } from "lucide-react";
import { type FormEvent, useEffect, useId, useState } from "react";
import { asRefusal } from "./http";

type Countries = typeof import("./countries");

interface Props {
  /** Begin to call a number in E.164 form; may throw a `Refusal`. */
  onDial: (number: string) => Promise<void>;
}

/** Asks for a telephone number and calls it. */
export function DialForm({ onDial }: Props) {
  const ids = { country: useId(), number: useId(), problem: useId() };
  const [tools, setTools] = useState<Countries | null>(null);
  const [country, setCountry] = useState("");
  const [text, setText] = useState("");
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);

  useEffect(() => {
    let isHere = true;
    const show = (loaded: Countries) => {
      if (!isHere) return;
      setTools(loaded);
      setCountry(loaded.countryOf(navigator.language));
    };
    // A failure is shown when the person calls.
    import("./countries").then(show, () => {});
    return () => {
      isHere = false;
    };
  }, []);

  const call = async () => {
    // The number may be complete before the countries have loaded.
    const { countryOf, e164 } = await import("./countries");
    const number = e164(text, country || countryOf(navigator.language));
    if (!number) {
      setProblem("This is not a telephone number of that country.");
      return;
    }
    await onDial(number);
    setText("");
    setProblem("");
  };

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    try {
      await call();
    } catch (error) {
      setProblem(asRefusal(error).message);
    }
    setBusy(false);
  };

  return (
    <form className="dial" onSubmit={(event) => void submit(event)}>
      <label htmlFor={ids.country}>Country</label>
      <select id={ids.country} value={country} onChange={(event) => setCountry(event.target.value)}>
        {tools?.countries(navigator.language).map(({ code, label }) => (
          <option key={code} value={code}>
            {label}
          </option>
        ))}
      </select>
      <label htmlFor={ids.number}>Telephone number</label>
      <input
        id={ids.number}
        type="tel"
        required
        maxLength={32}
        autoComplete="off"
        aria-invalid={problem !== ""}
        aria-describedby={ids.problem}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <button type="submit" className="button small primary" aria-disabled={busy}>
        <Phone aria-hidden="true" /> Call
      </button>
      <p id={ids.problem} className="dial-problem warning" role="alert">
        {problem}
      </p>
    </form>
  );
}
