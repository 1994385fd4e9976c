"""Everything that is known of one comparison: its pictures, every answer, and its history."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.urls import reverse

from annotation.answers.context import rubric_words
from annotation.answers.remark_words import RemarkWords, remarks_in_words
from annotation.models import (
    Assignment,
    Campaign,
    Candidate,
    Comparison,
    Decision,
    Judgment,
    Membership,
    ModelSignal,
    ReferenceAnswer,
    SendBack,
    StoredImage,
)
from annotation.quality.selectors.judgment_rows import LETTERS, STATE_WORDS, verdict_words
from annotation.quality.selectors.labels import judgment_state, label_row
from annotation.quality.selectors.reclaim import LABEL_LANES


@dataclass(frozen=True)
class Answer:
    """One answer in canonical letters. shown: the letters from left to right on the screen.

    scores: by dimension its name and the scores of the edits. seconds: time at work as the server
    counts it; claimed_seconds: as the client claims it; open_seconds: from lease to submit.
    """

    judgment: Judgment
    pseudonym: UUID | None
    state: str
    shown: str
    verdict: str
    scores: list[tuple[str, list[int]]]
    seconds: float | None
    claimed_seconds: float | None
    open_seconds: float
    remarks: RemarkWords | None
    evidence: list[tuple[str, str]]

    @property
    def state_words(self) -> str:
        """The state in words."""
        return STATE_WORDS[self.state]

    @property
    def may_set_aside(self) -> bool:
        """Whether a lead may take this answer out of the label."""
        return self.state == "counted" and self.judgment.lane in LABEL_LANES

    @property
    def may_restore(self) -> bool:
        """Whether a lead may let this answer count again."""
        return self.state == "set_aside" and self.judgment.set_aside.reclaim_id is not None


@dataclass(frozen=True)
class Event:
    """Something that happened to the comparison."""

    at: datetime
    words: str


@dataclass(frozen=True)
class ComparisonReport:
    """One comparison. edits: letter, candidate; label: None without an answer in force."""

    comparison: Comparison
    edits: list[tuple[str, Candidate]]
    answers: list[Answer]
    reference: ReferenceAnswer | None
    expected: str
    label: dict[str, Any] | None
    label_words: str
    signals: list[ModelSignal]
    history: list[Event]


def comparison_report(campaign: Campaign, comparison: Comparison) -> ComparisonReport:
    """Return a comparison of a campaign with every answer, oldest first. Ten queries at most."""
    found = Candidate.objects.select_related("generator", "image").in_bulk(comparison.candidate_ids)
    edits = [
        (letter, found[pk]) for letter, pk in zip(LETTERS, comparison.candidate_ids, strict=False)
    ]
    rows = list(
        Judgment.objects.filter(comparison=comparison)
        .select_related(
            "annotator", "assignment", "rubric", "superseded_by", "set_aside__actor", "settles"
        )
        .order_by("pk")
    )
    members = Membership.objects.filter(campaign=campaign, role=Membership.Role.ANNOTATOR)
    pseudonyms = dict(members.values_list("user", "pseudonym"))
    reference = ReferenceAnswer.objects.filter(
        comparison=comparison, withdrawn_at__isnull=True
    ).first()
    slugs = {row.rubric_id: _slugs(row.rubric_id) for row in rows}
    label = label_row(comparison, rows, slugs)
    return ComparisonReport(
        comparison=comparison,
        edits=edits,
        answers=[_answer(row, pseudonyms.get(row.annotator_id)) for row in rows],
        reference=reference,
        expected=verdict_words(reference.ranks, reference.tie_kind) if reference else "",
        label=label,
        label_words=_label_words(label),
        signals=list(ModelSignal.objects.filter(comparison=comparison).order_by("kind")),
        history=_history(comparison, rows),
    )


def pictures_of(campaign: Campaign, report: ComparisonReport) -> dict[str, Any]:
    """Return what the viewer shows: source and edits in canonical order, with their addresses."""
    item = report.comparison.item
    shifts = getattr(getattr(item, "change_region", None), "shifts", {}) or {}
    return {
        "id": str(report.comparison.public_id),
        "source": lead_picture(campaign, "lead-item-image", item.public_id, item.source),
        "candidates": [
            lead_picture(campaign, "lead-candidate-image", candidate.public_id, candidate.image)
            | {"shift": shifts.get(str(candidate.pk), [0.0, 0.0])}
            for _, candidate in report.edits
        ],
        "region": None,
        "sensitive": "",
    }


def lead_picture(
    campaign: Campaign, route: str, public_id: UUID, image: StoredImage
) -> dict[str, Any]:
    """Return a picture as the viewer takes it, with the addresses that a lead may read."""
    urls = [reverse(route, args=[campaign.slug, public_id, variant]) for variant in ("fit", "full")]
    return {"url": urls[0], "full_url": urls[1], "width": image.width, "height": image.height}


def _answer(row: Judgment, pseudonym: UUID | None) -> Answer:
    rubric = rubric_words(row.rubric_id)
    edits = [f"Edit {letter}" for letter in LETTERS]
    assignment = row.assignment
    return Answer(
        judgment=row,
        pseudonym=pseudonym,
        state=judgment_state(row),
        shown=", ".join(LETTERS[at] for at in assignment.shown_order),
        verdict=verdict_words(row.ranks, row.tie_kind) if row.ranks else "",
        scores=[
            (each["name"], [scores[at] for scores in row.scores])
            for at, each in enumerate(rubric["dimensions"])
        ]
        if row.scores
        else [],
        seconds=None if row.worked_ms is None else row.worked_ms / 1000,
        claimed_seconds=None if row.active_ms is None else row.active_ms / 1000,
        open_seconds=(row.created_at - assignment.leased_at).total_seconds(),
        remarks=remarks_in_words(row.remarks, rubric, edits),
        evidence=_evidence(row.evidence, assignment.shown_order),
    )


def _evidence(evidence: dict[str, Any], shown: Sequence[int]) -> list[tuple[str, str]]:
    """Return the evidence of the screen in words; the client sends it, so any part may be odd."""
    words = []
    loaded = evidence.get("images_loaded")
    if isinstance(loaded, bool):
        words.append(("Pictures", "all there" if loaded else "not all there"))
    views = evidence.get("views")
    if isinstance(views, dict):
        spent = [
            f"{name} {ms / 1000:.0f} s" for name, ms in views.items() if isinstance(ms, int | float)
        ]
        words.append(("Views", ", ".join(spent) or "none"))
    full = evidence.get("full_size_seen")
    if isinstance(full, list) and len(full) == len(shown) + 1:
        seen = [LETTERS[at] for at, yes in zip(shown, full[1:], strict=True) if yes is True]
        words.append(("At full size", ", ".join(sorted(seen)) or "no edit"))
    zoom = evidence.get("largest_zoom")
    if isinstance(zoom, int | float) and not isinstance(zoom, bool):
        words.append(("Largest zoom", f"{100 * zoom:.0f} %"))
    if evidence.get("source_held") is True:
        words.append(("Source", "held over the edits"))
    return words


def _slugs(rubric_id: int) -> list[str]:
    return [each["slug"] for each in rubric_words(rubric_id)["dimensions"]]


def _label_words(label: dict[str, Any] | None) -> str:
    if label is None:
        return "nobody’s answer is in force"
    if label["ranks"] is None:
        return "no majority"
    return f"{verdict_words(label['ranks'], None)} (by {label['resolved_by']})"


def _history(comparison: Comparison, rows: Sequence[Judgment]) -> list[Event]:
    """Return leases that ended without an answer, send-backs and decisions, oldest first."""
    events = [Event(comparison.created_at, "built")]
    ended = Assignment.objects.filter(comparison=comparison).exclude(
        state__in=[Assignment.State.SUBMITTED, Assignment.State.SURPLUS]
    )
    for one in ended.select_related("annotator"):
        reason = f": {one.skip_reason}" if one.skip_reason else ""
        words = f"{one.get_state_display().lower()}, {one.annotator.username}{reason}"
        events.append(Event(one.closed_at or one.leased_at, words))
    events += [
        Event(sent.created_at, f"sent back: {sent.cause}")
        for sent in SendBack.objects.filter(comparison=comparison)
    ]
    for row in rows:
        events.append(Event(row.created_at, f"answered by {row.annotator.username}"))
        if hasattr(row, "set_aside"):
            aside = row.set_aside
            words = f"answer of {row.annotator.username} set aside by {aside.actor.username}"
            events.append(Event(aside.created_at, f"{words}: {aside.reason}"))
    for decision in Decision.objects.filter(comparison=comparison).select_related("user"):
        events.append(Event(decision.created_at, _decision_words(decision)))
    decided = (
        (comparison.held_at, f"held: {comparison.held_reason}"),
        (comparison.settled_at, "settled"),
        (comparison.withdrawn_at, "withdrawn"),
    )
    events += [Event(at, words) for at, words in decided if at is not None]
    return sorted(events, key=lambda event: event.at)


def _decision_words(decision: Decision) -> str:
    kept = "kept the own answer" if decision.is_kept else "changed the own answer"
    does = kept if decision.is_resolved else "left it to taste"
    note = f": {decision.note}" if decision.note else ""
    return f"{decision.user.username} {does}, {decision.get_cause_display().lower()}{note}"
