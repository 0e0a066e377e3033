/** Actions as text for a terminal. No key is in it: the shell puts the operator's token in its place. */

import type { Action } from "./room/actions";

const PLAIN = /^[\w@%+=:,./-]+$/;

/** Return the text as one word of a POSIX shell. */
export const quoted = (text: string): string => (PLAIN.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

/** Return the command that does the same as the action, or null if there is none. */
export const asCommand = ({ command }: Action): string | null =>
  command && ["openrooms", ...command].map(quoted).join(" ");

/** Return the action's request as a command for curl; `origin` is the service's address. */
export function asCurl({ asked: { method, path, body, headers } }: Action, origin: string): string {
  const sent = { ...(body ? { "Content-Type": "application/json" } : {}), ...headers };
  const lines = [
    `curl --fail-with-body -X ${method} ${quoted(origin + path)}`,
    '-H "Authorization: Bearer $OPENROOMS_TOKEN"',
    ...Object.entries(sent).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    ...(body ? [`--data ${quoted(JSON.stringify(body))}`] : []),
  ];
  return lines.join(" \\\n  ");
}
