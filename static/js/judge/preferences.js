// The person's preferences: from the server, with unsaved changes of this browser.

const DEFAULTS = {
  keys: {}, keys_on: true, keep_zoom: false, sensitive: "blur", break_minutes: 50,
  advance: true, dock: "auto", surround: "mid", daily_goal: 0, work_offline: false,
};
const URL_OF = "me/preferences/";

export function createPreferences({ initial, store, put }) {
  const value = { ...DEFAULTS, ...initial };
  const unsaved = store.get();
  if (unsaved) Object.assign(value, unsaved);

  let sending = Promise.resolve();

  // Takes effect at once; false if it is not saved on the server yet. One request after another:
  // of two at a time the older one could arrive last.
  function save() {
    store.put(value);
    sending = sending.then(send);
    return sending;
  }

  async function send() {
    const sent = JSON.stringify(value);
    try {
      const reply = await put(URL_OF, value);
      if (reply.status >= 300) return false;
      if (JSON.stringify(value) === sent) store.drop();
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
