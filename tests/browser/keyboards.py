"""Keyboard layouts, pressed as a browser reports them: by place (code) and by character (key)."""

import json

ROWS = (
    ("KeyQ KeyW KeyE KeyR KeyT KeyY KeyU KeyI KeyO KeyP BracketLeft BracketRight", 12),
    ("KeyA KeyS KeyD KeyF KeyG KeyH KeyJ KeyK KeyL Semicolon Quote", 11),
    ("KeyZ KeyX KeyC KeyV KeyB KeyN KeyM Comma Period Slash", 10),
    ("Digit1 Digit2 Digit3 Digit4 Digit5 Digit6 Digit7 Digit8 Digit9 Digit0 Minus Equal", 12),
)
CODES = [code for row, _ in ROWS for code in row.split()]
# "¨": a dead key. In the order of CODES, without Shift.
LAYOUTS = {
    name: dict(zip(CODES, "".join(rows), strict=True))
    for name, rows in {
        "us": ("qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./", "1234567890-="),
        "azerty": ("azertyuiop¨$", "qsdfghjklmù", "wxcvbn,;:!", "&é\"'(-è_çà)="),
        "qwertz": ("qwertzuiopü+", "asdfghjklöä", "yxcvbnm,.-", "1234567890ß¨"),
        "cyrillic": ("йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю.", "1234567890-="),
        "dvorak": ("',.pyfgcrl/=", "aoeuidhtns-", ";qjkxbmwvz", "1234567890[]"),
    }.items()
}
DEAD = "¨"


def report_layout(layout):
    """Return a script by which the browser tells a layout, or none, as Firefox and Safari do."""
    if layout is None:
        return "Object.defineProperty(navigator, 'keyboard', { value: undefined });"
    entries = json.dumps(list(LAYOUTS[layout].items()))
    return (
        f"window.layoutMap = new Map({entries}); Object.defineProperty(navigator, 'keyboard',"
        " { value: { getLayoutMap: async () => window.layoutMap } });"
    )


class Keyboard:
    """Presses the keys of one layout on a page."""

    def __init__(self, page, layout):
        self.names = LAYOUTS[layout]
        self._channel = page.context.new_cdp_session(page)

    def code_of(self, char):
        """Return the place of a character that needs no Shift."""
        return next(code for code, name in self.names.items() if name == char)

    def press(self, code, *, key=None, shift=False):
        """Press the key at a place; key: what it gives, else by the layout."""
        key = key or self.names[code]
        key = "Dead" if key == DEAD else key.upper() if shift else key
        event = {"code": code, "key": key, "modifiers": 8 if shift else 0}
        event |= {"text": key, "unmodifiedText": key} if len(key) == 1 else {}
        self._channel.send("Input.dispatchKeyEvent", {"type": "keyDown"} | event)
        self._channel.send("Input.dispatchKeyEvent", {"type": "keyUp"} | event)

    def type(self, char, *, shift=False):
        """Press the key that gives a character."""
        self.press(self.code_of(char), shift=shift)
