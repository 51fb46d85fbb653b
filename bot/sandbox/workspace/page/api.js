/* The page's talk with the stand-in: JSON over POST, the event stream, and the words for what can go wrong.
 *
 * Every call answers {ok, error?, …}; a server that does not answer is {ok: false, error: "unreachable"}, never an
 * exception.
 */

export async function get(path) {
  const response = await fetch(path, { headers: { accept: "application/json" } });
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
  return response.json();
}

export async function post(path, body) {
  try {
    const response = await fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const answer = await response.json().catch(() => ({}));
    return { ...answer, ok: response.ok && answer.ok !== false };
  } catch {
    return { ok: false, error: "unreachable" };
  }
}

/* The events for one person. `onOpen` is called at each connection: what was missed meanwhile is in a new snapshot. */
export function listen(me, { onOpen, onEvent, onLost }) {
  const source = new EventSource(`/client/events?as=${encodeURIComponent(me)}`);
  source.onopen = onOpen;
  source.onerror = onLost;
  source.onmessage = ({ data }) => onEvent(JSON.parse(data));
  return () => source.close();
}

export function explain(answer, bot, what) {
  const errors = {
    operation_timeout: `${bot} did not answer in 3 seconds`,
    app_not_connected: `${bot} is not connected`,
    dispatch_failed: `${bot} did not take it`,
    unreachable: "The workspace does not answer",
    expired_trigger_id: `${bot} answered too late to open a window`,
    no_permission: "That is not yours to press",
  };
  const reason = errors[answer.error] ?? `The workspace said: ${answer.error ?? "something went wrong"}`;
  return { title: reason, detail: what };
}
