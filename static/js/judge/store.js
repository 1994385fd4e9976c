// The open answer, and who changes it. The parts of the page do not know each other: they dispatch
// actions. An action with an effect runs it; every other action goes through the reducer.

export function createStore(reduce) {
  const effects = new Map(); // action type -> function(action)
  const listeners = [];
  let assignment = null;
  let answer = null;
  let locked = false;

  return {
    get assignment() {
      return assignment;
    },
    get answer() {
      return answer;
    },
    get locked() {
      return locked;
    },
    // Open the answer to a comparison, without a notification; null, null: none is open.
    open(comparison, itsAnswer) {
      [assignment, answer] = [comparison, itsAnswer];
    },
    // Keep the answer from changing, for instance while its explanation is read.
    lock: (on) => (locked = on),
    // Add effects: {type: function(action)}. Each type has one effect.
    effects(added) {
      for (const [type, run] of Object.entries(added)) {
        if (effects.has(type)) throw new Error(`There is an effect of ${type} already.`);
        effects.set(type, run);
      }
    },
    // listener(action, before): called after each change of the answer.
    subscribe: (listener) => listeners.push(listener),
    dispatch(action) {
      const run = effects.get(action.type);
      if (run) return run(action);
      if (!answer || locked) return undefined;
      const before = answer;
      answer = reduce(answer, action);
      if (answer !== before) for (const listener of listeners) listener(action, before);
      return undefined;
    },
  };
}
