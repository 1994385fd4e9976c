"""A person at a browser without scripts: follows links, fills forms, waits for jobs."""

import json
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookiejar import CookieJar

JOB_SECONDS = 300


@dataclass
class Form:
    """What a browser would send: the fields as the page fills them."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    #: field -> every value that a select or a group of radios offers.
    choices: dict[str, list[str]] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)


@dataclass
class Page:
    url: str
    status: int
    body: bytes
    text: str = ""
    forms: list[Form] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    images: list[str] = field(default_factory=list)
    jobs: list[str] = field(default_factory=list)

    def form(self, ending: str, **fields: str) -> Form:
        """Return the first form that goes to such an address and holds these values.

        ending: of the address; empty: a form that goes to its own page.
        """
        for each in self.forms:
            path = urllib.parse.urlsplit(each.action).path
            goes_there = path.endswith(ending) if ending else not path
            if goes_there and fields.items() <= each.fields.items():
                return each
        raise AssertionError(f"{self.url} has no form for {ending}: {self.text}")


class _Reader(HTMLParser):
    """Fills a Page from its HTML."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        self.page = page
        self.form: Form | None = None
        self.select = self.textarea = ""
        self.silent = 0

    def handle_starttag(self, tag, attrs):
        given = {name: value or "" for name, value in attrs}
        if job := given.get("data-job"):
            self.page.jobs.append(job)
        if tag in {"script", "style"}:
            self.silent += 1
        elif tag == "a" and given.get("href"):
            self.page.links.append(given["href"])
        elif tag == "img" and given.get("src"):
            self.page.images.append(given["src"])
        elif tag == "form":
            self.form = Form(given.get("action", ""), given.get("method", "get").lower())
            self.page.forms.append(self.form)
        elif self.form is not None:
            self._control(tag, given, self.form)

    def _control(self, tag, given, form):
        name, value = given.get("name", ""), given.get("value", "")
        if tag == "option" and self.select:
            form.choices[self.select].append(value)
            if "selected" in given or len(form.choices[self.select]) == 1:
                form.fields[self.select] = value
        elif not name or "disabled" in given:
            return
        elif tag == "select":
            self.select = name
            form.choices[name] = []
        elif tag == "textarea":
            self.textarea = name
            form.fields[name] = ""
        elif tag == "input":
            self._input(given, name, value, form)

    def _input(self, given, name, value, form):
        kind = given.get("type", "text")
        if kind == "file":
            form.files.append(name)
        elif kind in {"radio", "checkbox"}:
            form.choices.setdefault(name, []).append(value)
            if "checked" in given:
                form.fields[name] = value or "on"
        elif kind not in {"submit", "button"}:
            form.fields[name] = value

    def handle_endtag(self, tag):
        if tag == "form":
            self.form = None
        elif tag == "select":
            self.select = ""
        elif tag == "textarea":
            self.textarea = ""
        elif tag in {"script", "style"}:
            self.silent -= 1

    def handle_data(self, data):
        if self.textarea and self.form is not None:
            self.form.fields[self.textarea] += data
        elif not self.silent and data.strip():
            self.page.text += f"{data.strip()}\n"


class Website:
    """One signed-in browser; standard library alone."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.cookies = CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))

    def get(self, path: str) -> Page:
        return self._open(urllib.request.Request(urllib.parse.urljoin(self.url, path)))

    def submit(self, page: Page, form: Form, *, file=None, **values: str) -> Page:
        """Send a form as the page filled it, with some fields changed; follow the redirect."""
        address = urllib.parse.urljoin(page.url, form.action or page.url)
        fields = form.fields | values
        if form.method == "get":
            query = urllib.parse.urlencode(fields)
            return self._open(urllib.request.Request(f"{address}?{query}"))
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Referer": page.url}
        body = urllib.parse.urlencode(fields).encode()
        if file is not None:
            headers["Content-Type"], body = _multipart(fields, form.files[0], file)
        return self._open(urllib.request.Request(address, body, headers))

    def api(self, path: str, payload: dict) -> tuple[int, dict]:
        """POST JSON as the judging page's script does, with the session's token."""
        token = next(each.value for each in self.cookies if each.name == "csrftoken")
        headers = {"Content-Type": "application/json", "X-CSRFToken": token}
        address = urllib.parse.urljoin(self.url, f"api/v1/{path}")
        page = self._open(urllib.request.Request(address, json.dumps(payload).encode(), headers))
        return page.status, json.loads(page.body)

    def wait_for_jobs(self, path: str) -> Page:
        """Watch the jobs that a page shows to their end; return the page as it is then."""
        deadline = time.monotonic() + JOB_SECONDS
        while (page := self.get(path)).jobs:
            for job in page.jobs:
                state = json.loads(self.get(job).body)
                assert state["state"] in {"queued", "running", "done"}, state
            assert time.monotonic() < deadline, f"{path} waited too long: {page.text}"
            time.sleep(0.3)
        return page

    def _open(self, request: urllib.request.Request) -> Page:
        try:
            with self.opener.open(request, timeout=60) as response:
                page = Page(response.url, response.status, response.read())
                kind = response.headers.get_content_type()
        except urllib.error.HTTPError as error:
            page, kind = Page(error.url, error.code, error.read()), error.headers.get_content_type()
        if kind == "text/html":
            reader = _Reader(page)
            reader.feed(page.body.decode())
            reader.close()
        return page


def _multipart(fields, name, path):
    mark = uuid.uuid4().hex
    parts = [
        f'--{mark}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
        for key, value in fields.items()
    ]
    head = f'--{mark}\r\nContent-Disposition: form-data; name="{name}"; filename="{path.name}"'
    parts += [f"{head}\r\n\r\n".encode(), path.read_bytes(), f"\r\n--{mark}--\r\n".encode()]
    return f"multipart/form-data; boundary={mark}", b"".join(parts)
