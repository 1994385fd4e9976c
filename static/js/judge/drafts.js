// Browser storage of drafts, unsent answers, and refused answers.
// Falls back to memory if storage is full or forbidden; `persistent` is then false.

const DRAFT_DAYS = 14;
const HISTORY = 10;

const keyboard = {
  read() {
    try {
      return JSON.parse(localStorage.getItem("editjury:keyboard"));
    } catch {
      return null;
    }
  },
  write(names) {
    try {
      localStorage.setItem("editjury:keyboard", JSON.stringify(names));
    } catch {
      // Not stored: valid while the page is open.
    }
  },
};

export function createStorage(user) {
  const memory = new Map();
  let persistent = true;
  const name = (part) => `editjury:${user}:${part}`;

  function read(part, fallback) {
    if (memory.has(part)) return memory.get(part);
    try {
      return JSON.parse(localStorage.getItem(name(part))) ?? fallback;
    } catch {
      return fallback;
    }
  }

  function write(part, value) {
    try {
      localStorage.setItem(name(part), JSON.stringify(value));
      memory.delete(part);
      persistent = memory.size === 0;
    } catch {
      memory.set(part, value);
      persistent = false;
    }
  }

  const drafts = {
    get: (id) => read("drafts", {})[id]?.state ?? null,
    put(state) {
      const { dimensions: _, ...kept } = state;
      write("drafts", { ...fresh(), [state.id]: { state: kept, at: Date.now() } });
    },
    drop(id) {
      const { [id]: _, ...others } = fresh();
      write("drafts", others);
    },
  };

  function fresh() {
    const oldest = Date.now() - DRAFT_DAYS * 86_400_000;
    return Object.fromEntries(Object.entries(read("drafts", {})).filter(([, one]) => one.at > oldest));
  }

  // The last answers of this browser, oldest first, for undo: {assignment, state, judgment, at}.
  const history = {
    all: () => read("history", []).filter(({ at }) => at > Date.now() - DRAFT_DAYS * 86_400_000),
    put(entry) {
      const others = history.all().filter(({ assignment }) => assignment.id !== entry.assignment.id);
      write("history", [...others, entry].slice(-HISTORY));
    },
    of: (id) => history.all().find(({ assignment }) => assignment.id === id) ?? null,
    drop: (id) => write("history", history.all().filter(({ assignment }) => assignment.id !== id)),
    change(id, changes) {
      const all = history.all();
      if (history.of(id)) {
        write("history", all.map((one) => (one.assignment.id === id ? { ...one, ...changes } : one)));
      }
    },
  };

  const outbox = {
    all: () => read("outbox", []),
    add: (entry) => write("outbox", [...read("outbox", []), entry]),
    change(matches, changes) {
      write("outbox", read("outbox", []).map((one) => (matches(one) ? { ...one, ...changes } : one)));
    },
    remove: (matches) => write("outbox", read("outbox", []).filter((entry) => !matches(entry))),
    storeRejected: (entry) => write("refused", [...read("refused", []), entry].slice(-50)),
    get persistent() {
      return persistent;
    },
  };
  // Only changes that are not saved on the server yet.
  const preferences = {
    get: () => read("preferences", null),
    put: (value) => write("preferences", value),
    drop: () => write("preferences", null),
  };
  // The characters that the keys of this browser print, for all its users.
  const keyNames = {
    get: () => Object.fromEntries(
      Object.entries(Object(keyboard.read())).filter(([, char]) => typeof char === "string"),
    ),
    put: keyboard.write,
  };
  return { drafts, history, outbox, preferences, keyNames };
}
