import { Phone } from "lucide-react";
import { type FormEvent, useEffect, useId, useRef, useState } from "react";
import { locale, text } from "../languages/text";
import { problemOf } from "./problems";

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
  const [written, setWritten] = useState("");
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const alert = useRef<HTMLParagraphElement>(null);

  // On a low screen, the form is higher than its panel.
  useEffect(() => {
    if (problem) alert.current?.scrollIntoView({ block: "nearest" });
  }, [problem]);

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
    const number = e164(written, country || countryOf(navigator.language));
    if (!number) {
      setProblem(text("phone.number.wrong"));
      return;
    }
    await onDial(number);
    setWritten("");
    setProblem("");
  };

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    try {
      await call();
    } catch (error) {
      setProblem(problemOf(error));
    }
    setBusy(false);
  };

  return (
    <form className="dial" onSubmit={(event) => void submit(event)}>
      <label htmlFor={ids.country}>{text("phone.country")}</label>
      <select id={ids.country} value={country} onChange={(event) => setCountry(event.target.value)}>
        {tools?.countries(locale()).map(({ code, label }) => (
          <option key={code} value={code}>
            {label}
          </option>
        ))}
      </select>
      <label htmlFor={ids.number}>{text("phone.number")}</label>
      <input
        id={ids.number}
        type="tel"
        required
        maxLength={32}
        autoComplete="off"
        aria-invalid={problem !== ""}
        aria-describedby={ids.problem}
        value={written}
        onChange={(event) => setWritten(event.target.value)}
      />
      <button type="submit" className="button small primary" aria-disabled={busy}>
        <Phone aria-hidden="true" /> {text("phone.call")}
      </button>
      <p ref={alert} id={ids.problem} className="dial-problem warning" role="alert">
        {problem}
      </p>
    </form>
  );
}
