// Talking with the sandbox: what is done goes by requests, what happens comes by a websocket.

import { notice } from "./dom.js";
import { t } from "./words.js";

/** What Discord's client would not do, in a sentence for the person. */
export class Refused extends Error {}

/** Wait for what is asked or done; a refusal is shown, and undefined is returned. */
export async function shown(asked) {
  try {
    return await asked;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    notice(error.message, "bad");
    return undefined;
  }
}

async function read(response) {
  const answer = await response.json().catch(() => ({}));
  if (response.status === 409) throw new Refused(t(answer.refused));
  if (!response.ok) throw new Refused(t("Request failed. Is the sandbox still running?"));
  return answer;
}

async function send(path, init) {
  let response;
  try {
    response = await fetch(path, init);
  } catch {
    throw new Refused(t("Cannot reach the sandbox. Start it again, then reload this page."));
  }
  return read(response);
}

export function look(path, query) {
  return send(`${path}?${new URLSearchParams(query)}`, {});
}

export function say(path, body) {
  const headers = { "Content-Type": "application/json" };
  return send(path, { method: "POST", headers, body: JSON.stringify(body) });
}

/** Do something, with files by the name of their field. */
export function act(name, said, files = []) {
  if (!files.length) return say(`/api/${name}`, said);
  const form = new FormData();
  form.append("act", JSON.stringify(said));
  for (const [field, file] of files) form.append(field, file, file.name);
  return send(`/api/${name}`, { method: "POST", body: form });
}

const FIRST_WAIT_MS = 300;
const LONGEST_WAIT_MS = 5000;

/** Keep a websocket open for one person; returns what ends it. */
export function follow(personId, { told, lost, found }) {
  let socket = null;
  let timer = null;
  let wait = FIRST_WAIT_MS;
  let over = false;
  const open = () => {
    const address = new URL("/api/feed", location.href);
    address.protocol = "ws:";
    if (personId) address.searchParams.set("person", personId);
    socket = new WebSocket(address);
    let heard = false;
    socket.addEventListener("message", ({ data }) => {
      // One tab too many is let in only to hear why it has to wait.
      const isFirst = !heard;
      heard = true;
      told(JSON.parse(data));
      if (!isFirst) return;
      wait = FIRST_WAIT_MS;
      found();
    });
    socket.addEventListener("close", ({ reason }) => {
      if (over) return;
      lost(reason);
      timer = setTimeout(open, wait);
      wait = Math.min(wait * 2, LONGEST_WAIT_MS);
    });
  };
  open();
  return () => {
    over = true;
    clearTimeout(timer);
    socket.close();
  };
}
