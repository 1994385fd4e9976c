"""The documents that the app shows under /help/."""

import posixpath
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse

from annotation.handbook.rendering import Document, Targets, render

GLOSSARY = "glossary"
#: The folder of the documents' pictures, and the one in which static files have them.
PICTURES, STATIC_PICTURES = "pictures", "docs"


@dataclass(frozen=True)
class HelpPage:
    """A document, the name in its address, and one sentence on what it is for."""

    name: str
    file: str
    title: str
    about: str

    @property
    def url(self) -> str:
        """The address of the page."""
        return reverse("help-page", args=[self.name])


@dataclass(frozen=True)
class Group:
    """Documents for the same readers. has_api: these are the readers of the API's documentation."""

    title: str
    pages: tuple[HelpPage, ...]
    has_api: bool = False


#: (name of the format and its file, title, what it is for)
EXPORTS = (
    ("hugging-face", "Hugging Face", "Comparisons with their votes, and a data-set card."),
    ("editreward-data", "EditReward-Data", "Parquet with pictures inside."),
    ("editreward-train", "EditReward train.json", "What EditReward's training code loads."),
    ("editreward-bench", "EditReward-Bench, rows", "Ranked groups as rows of pairs."),
    ("editreward-bench-json", "EditReward-Bench, groups", "Ranked groups as JSON."),
    ("chosen-rejected", "Chosen and rejected", "JSON Lines for preference trainers."),
    ("trl-preference", "TRL preference", "A judge sees three pictures and names one."),
    ("diffusion-dpo", "Diffusion-DPO", "Source, chosen and rejected edit."),
    ("hpdv3", "HPDv3", "Preferred picture first, with the votes."),
    ("arena", "Arena battles", "A row for each vote and pair."),
    ("genai-bench", "GenAI-Bench", "Its image edition."),
    ("webdataset", "WebDataset", "Tar shards for training that streams."),
    ("label-studio", "Label Studio", "Tasks with annotations."),
)

GROUPS = (
    Group(
        "For everybody",
        (HelpPage(GLOSSARY, "glossary.md", "Glossary", "What our words mean, one line each."),),
    ),
    Group(
        "If you judge",
        (
            HelpPage(
                "annotators",
                "annotator-guide.md",
                "Guide for annotators",
                "How to compare edits, and what happens to your answers.",
            ),
        ),
    ),
    Group(
        "If you lead a campaign",
        (
            HelpPage(
                "leads",
                "lead-guide.md",
                "Guide for leads",
                "From the first campaign to the first export, with settings to begin with.",
            ),
            HelpPage(
                "import-format",
                "import-format.md",
                "What to import",
                "The manifest that says which edits belong to which source.",
            ),
            HelpPage(
                "metrics",
                "metrics.md",
                "The numbers",
                "How agreement, rankings and intervals are computed.",
            ),
        ),
    ),
    Group(
        "If you work with the data",
        (
            HelpPage(
                "researchers",
                "researcher-guide.md",
                "Guide for researchers",
                "Data in, train, score, data out: commands, formats and the API.",
            ),
            HelpPage(
                "snapshot-format",
                "snapshot-format.md",
                "What a snapshot holds",
                "Tables, columns and the split into training and held-out sources.",
            ),
            HelpPage(
                "exports",
                "formats/exports.md",
                "Exports",
                "The formats, and the options that say what an export holds.",
            ),
            HelpPage(
                "reward-model",
                "reward-model.md",
                "The reward model",
                "Backbones, training, the champion check, scoring.",
            ),
        ),
        has_api=True,
    ),
    Group(
        "Formats of exports",
        tuple(HelpPage(name, f"formats/{name}.md", title, about) for name, title, about in EXPORTS),
    ),
    Group(
        "If you run the server",
        (
            HelpPage(
                "deployment",
                "deployment.md",
                "Deployment",
                "Containers, your own servers, backup, upgrades.",
            ),
            HelpPage(
                "security",
                "security.md",
                "Security",
                "Accounts, rights, limits and traces, and what a review by attack found.",
            ),
        ),
    ),
)
PAGES = {page.name: page for group in GROUPS for page in group.pages}
_BY_FILE = {page.file: page for page in PAGES.values()}


@cache
def document(name: str) -> Document:
    """Return a rendered document. Its file comes with the program, so it is read once."""
    page = PAGES[name]
    folder = posixpath.dirname(page.file)

    def link(target: str) -> str | None:
        return _address(target, folder)

    def picture(target: str) -> str:
        path = posixpath.normpath(posixpath.join(folder, target))
        return static(f"{STATIC_PICTURES}/{posixpath.relpath(path, PICTURES)}")

    def file(words: str) -> str | None:
        found = _BY_FILE.get(words) or _BY_FILE.get(posixpath.join(folder, words))
        return None if found is None or found is page else found.url

    text = (settings.DOCS_ROOT / page.file).read_text()
    return render(text, Targets(link, picture, file))


def _address(target: str, folder: str) -> str | None:
    """Return the address of a link's target; None for a file that has no page in the app."""
    if target.startswith(("#", "https://", "http://", "mailto:")):
        return target
    path, hash_sign, part = target.partition("#")
    found = _BY_FILE.get(posixpath.normpath(posixpath.join(folder, path)))
    return None if found is None else f"{found.url}{hash_sign}{part}"
