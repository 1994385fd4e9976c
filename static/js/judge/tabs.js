// Other tabs of the same person: what is answered in one is told to all.

export function listenToTabs(user, onAnswered) {
  const channel = globalThis.BroadcastChannel ? new BroadcastChannel(`editjury:${user}`) : null;
  channel?.addEventListener("message", ({ data }) => data.answered && onAnswered(data.answered));
  return { tell: (answered) => channel?.postMessage({ answered }) };
}
