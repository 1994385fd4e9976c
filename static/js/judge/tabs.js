// Tells other tabs of the same person which comparisons were answered.

export function listenToTabs(user, onAnswered) {
  const channel = globalThis.BroadcastChannel ? new BroadcastChannel(`editjury:${user}`) : null;
  channel?.addEventListener("message", ({ data }) => data.answered && onAnswered(data.answered));
  return { post: (answered) => channel?.postMessage({ answered }) };
}
