// The person's preferences: from the server, with unsaved changes of this browser.

const URL_OF = "me/preferences/";

export function createPreferences({ initial, store, put }) {
  const value = { keys: {}, keys_on: true, keep_zoom: false, sensitive: "blur", break_minutes: 50, ...initial };
  const unsaved = store.get();
  if (unsaved) Object.assign(value, unsaved);

  // Takes effect at once; false if it is not saved on the server yet.
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
