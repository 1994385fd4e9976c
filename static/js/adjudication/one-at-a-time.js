// The requests of the judging page for disputes: each is decided before the next one is given out.

export function oneAtATime(api) {
  return {
    ...api,
    // With a reason, the page is loaded again once the answer is stored.
    next: () => Promise.resolve({ status: 200, data: { assignments: [], reason: "done" } }),
    deliver: ({ body: { ahead: _, offline: __, ...body }, ...entry }) => api.deliver({ ...entry, body }),
  };
}
