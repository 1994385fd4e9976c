// How this person works: from the server, with what this browser knows better until it is saved there.

const URL_OF = "me/preferences/";

export function createPreferences({ given, store, put }) {
  const value = { keys: {}, keys_on: true, keep_zoom: false, sensitive: "blur", break_minutes: 50, ...given };
  const unsaved = store.get();
  if (unsaved) Object.assign(value, unsaved);

  // Works at once; false when the server could not be told yet.
  async function save() {
    store.put(value);
    try {
      const reply = await put(URL_OF, value);
      if (reply.status >= 300) return false;
      store.drop();
      return true;
    } catch {
      return false;
    }
  }
  if (unsaved) save();

  return {
    value,
    change(changes) {
      Object.assign(value, changes);
      return save();
    },
  };
}
