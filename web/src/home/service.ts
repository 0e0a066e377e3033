/** The settings that the service passes to its home page, and the requests of a developer from there. */

/** `development` is null for a production service, which shows no settings. */
export interface Service {
  readonly development: { readonly connectionString: string | null; readonly calls: boolean } | null;
}

/** Return the settings in the page. */
export function serviceOf(page: Document): Service {
  const content = page.querySelector<HTMLMetaElement>('meta[name="openrooms"]')?.content;
  return content ? (JSON.parse(content) as Service) : { development: null };
}

export interface Demo {
  readonly role: string;
  readonly link: string;
}

interface Created {
  readonly identity: { readonly id: string };
  readonly accessToken: { readonly token: string };
}

const IDENTITIES = "/identities?api-version=2023-10-01";
const ROOMS = "/rooms?api-version=2025-03-13";
const ROLES = ["Presenter", "Attendee"];
const DAY = 86_400_000;
const SIGNED_HEADERS = "x-ms-date;host;x-ms-content-sha256";

/** Create a room for a day and return a link for each participant; throw `Error` on failure. */
export async function makeDemo(connectionString: string, host: string, send: typeof fetch = fetch): Promise<Demo[]> {
  const key = accessKey(connectionString);
  const post = async <T>(target: string, body: object): Promise<T> => {
    const text = JSON.stringify(body);
    const headers = await signed(key, target, text, host, new Date());
    const response = await send(target, { method: "POST", headers, body: text });
    if (!response.ok) throw new Error(`The service answered ${response.status}.`);
    return (await response.json()) as T;
  };
  const people = await Promise.all(ROLES.map(() => post<Created>(IDENTITIES, { createTokenWithScopes: ["voip"] })));
  const participants = Object.fromEntries(people.map((person, at) => [person.identity.id, { role: ROLES[at] }]));
  const validUntil = new Date(Date.now() + DAY).toISOString();
  const room = await post<{ id: string }>(ROOMS, { validFrom: new Date().toISOString(), validUntil, participants });
  return people.map((person, at) => ({
    role: ROLES[at] as string,
    link: `/call/${room.id}#${person.accessToken.token}`,
  }));
}

/** Return the headers that sign a POST, as Azure's SDKs do: with HMAC-SHA256 over target, date, host and body. */
export async function signed(
  key: string,
  target: string,
  body: string,
  host: string,
  now: Date,
): Promise<Record<string, string>> {
  const date = now.toUTCString();
  const hash = base64(await crypto.subtle.digest("SHA-256", bytes(body)));
  const secret = Uint8Array.from(atob(key), (character) => character.charCodeAt(0));
  const hmac = await crypto.subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const signature = base64(await crypto.subtle.sign("HMAC", hmac, bytes(`POST\n${target}\n${date};${host};${hash}`)));
  return {
    "Content-Type": "application/json",
    "x-ms-date": date,
    "x-ms-content-sha256": hash,
    Authorization: `HMAC-SHA256 SignedHeaders=${SIGNED_HEADERS}&Signature=${signature}`,
  };
}

const accessKey = (connectionString: string) => connectionString.replace(/^.*accesskey=/i, "");

const bytes = (text: string) => new TextEncoder().encode(text);

const base64 = (data: ArrayBuffer) => btoa(String.fromCharCode(...new Uint8Array(data)));
