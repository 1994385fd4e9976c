"""Write the rows of one item of an import, completely or not at all."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from annotation.common.locks import lock_campaign
from annotation.items.imports.draw import comparable, draw_arm, text_sha256
from annotation.items.imports.report import Outcome
from annotation.items.imports.rows import CandidateRow, ItemRow, RowRefused
from annotation.items.services.images import image_ids
from annotation.items.services.import_values import complete_candidate, complete_item
from annotation.models import Campaign, Candidate, Generator, ImportBatch, Item, StoredImage

Key = tuple[str, str, str]
MASK_TOLERANCE = 0.01


@dataclass
class Written:
    """The outcome of an item and of each candidate, with a reason where needed."""

    outcome: Outcome
    reason: str = ""
    candidates: list[tuple[CandidateRow, Outcome, str]] = field(default_factory=list)
    # What the row changed, and what it states that does not hold.
    notes: list[str] = field(default_factory=list)


class ItemWriter:
    """Writes one import's items. The caller holds a transaction and has stored the images.

    Repeating an import changes nothing: it neither restores withdrawn rows nor undoes corrections.
    """

    def __init__(self, batch: ImportBatch) -> None:
        self._batch = batch
        # Rows that this import wrote before an interruption count as taken, but only once.
        self._seen: set[tuple[str, int]] = set()

    def write(
        self, row: ItemRow, candidates: Sequence[CandidateRow], hashes: Mapping[str, str]
    ) -> Written:
        """Create an item with its candidates, or add candidates to the existing item.

        hashes: sha256 by path, of the source, the mask and every candidate. Raises RowRefused for
        a mask of another shape than the source.
        """
        campaign = lock_campaign(self._batch.campaign)
        paths = (*row.own_pictures, *(candidate.path for candidate in candidates))
        ids = image_ids({hashes[path] for path in paths})
        source_id = ids[hashes[row.source]]
        mask_id = _mask_id(row, source_id, ids.get(hashes.get(row.mask, "")))
        lineage = _lineage(campaign, source_id, row.instruction)
        if lineage:
            item = lineage[-1]
            written = Written(self._outcome("item", item.pk, item.batch_id))
        else:
            item = Item.objects.create(
                campaign=campaign,
                batch=self._batch,
                source_id=source_id,
                instruction=row.instruction,
                instruction_sha256=text_sha256(row.instruction),
                category=row.category,
                language=row.language,
                sensitive=row.sensitive,
                mask_id=mask_id,
                known_best=row.known_best,
                licence=row.licence,
                origin=row.origin,
                **draw_arms(campaign, source_id, hashes[row.source]),
            )
            written = Written(self._outcome("item", item.pk, self._batch.pk))
        if item.withdrawn_at is not None:
            written.reason = f"withdrawn before ({item.withdrawn_reason}); not brought back"
            return written
        if lineage:
            written.notes += complete_item(lineage, row, mask_id, batch=self._batch)
        existing = _existing_candidates([*lineage, item])
        for candidate in candidates:
            image_id = ids[hashes[candidate.path]]
            outcome, reason = self._candidate(item, candidate, image_id, existing, written=written)
            written.candidates.append((candidate, outcome, reason))
        written.reason = _summary(written)
        return written

    def _candidate(
        self,
        item: Item,
        row: CandidateRow,
        image_id: int,
        existing: dict[Key, list[Candidate]],
        *,
        written: Written,
    ) -> tuple[Outcome, str]:
        same = existing[row.generator, row.version, row.seed]
        live = next((c for c in same if c.withdrawn_at is None), None)
        if live is not None and live.image_id == image_id:
            written.notes += complete_candidate(live, row, batch=self._batch)
            return self._outcome("candidate", live.pk, live.batch_id), ""
        if any(c.image_id == image_id for c in same):
            return Outcome.ALREADY_THERE, "corrected or withdrawn before; not brought back"
        if live is not None:
            return Outcome.REFUSED, "it has another image here already; correct that one instead"
        generator, _ = Generator.objects.get_or_create(
            campaign_id=item.campaign_id, name=row.generator, version=row.version
        )
        created = Candidate.objects.create(
            item=item,
            batch=self._batch,
            generator=generator,
            seed=row.seed,
            image_id=image_id,
            licence=row.licence,
            origin=row.origin,
        )
        same.append(created)
        return self._outcome("candidate", created.pk, self._batch.pk), ""

    def _outcome(self, kind: str, pk: int, batch_id: int | None) -> Outcome:
        first_time = (kind, pk) not in self._seen
        self._seen.add((kind, pk))
        mine = batch_id == self._batch.pk
        return Outcome.TAKEN if mine and first_time else Outcome.ALREADY_THERE


def _mask_id(row: ItemRow, source_id: int, mask_id: int | None) -> int | None:
    """Return the id of the mask's image; its aspect ratio must equal the source's within 1 %."""
    if mask_id is None:
        return None
    sizes = StoredImage.objects.in_bulk([source_id, mask_id])
    source, mask = (sizes[pk].width / sizes[pk].height for pk in (source_id, mask_id))
    if abs(mask / source - 1) > MASK_TOLERANCE:
        raise RowRefused(f"{row.mask}: the mask has another shape than the source")
    return mask_id


def draw_arms(campaign: Campaign, source_id: int, source_sha256: str) -> dict[str, bool]:
    """Return random_arm and held_out of a source, from its first item or newly drawn."""
    first = (
        Item.objects.filter(campaign=campaign, source_id=source_id)
        .order_by("pk")
        .values_list("random_arm", "held_out")
        .first()
    )
    if first is not None:
        return {"random_arm": first[0], "held_out": first[1]}
    return draw_arm(
        campaign.seed,
        source_sha256,
        random_arm_percent=campaign.random_arm_percent,
        held_out_percent=campaign.held_out_percent,
    )._asdict()


def _lineage(campaign: Campaign, source_id: int, instruction: str) -> list[Item]:
    """Return all versions of the item with this source and instruction, oldest first."""
    same_source = Item.objects.filter(campaign=campaign, source_id=source_id).order_by("pk")
    wanted = comparable(instruction)
    found = [item for item in same_source if comparable(item.instruction) == wanted]
    if not found:
        return []
    in_use = [item for item in found if item.withdrawn_at is None]
    exact = [item for item in in_use if item.instruction == instruction]
    versions = [(exact or in_use or found[-1:])[0]]
    while versions[0].supersedes_id is not None:
        versions.insert(0, Item.objects.get(pk=versions[0].supersedes_id))
    while (later := Item.objects.filter(supersedes=versions[-1]).first()) is not None:
        versions.append(later)
    return versions


def _existing_candidates(versions: Sequence[Item]) -> dict[Key, list[Candidate]]:
    existing: dict[Key, list[Candidate]] = defaultdict(list)
    for candidate in Candidate.objects.filter(item__in=versions).select_related("generator"):
        key = (candidate.generator.name, candidate.generator.version, candidate.seed)
        existing[key].append(candidate)
    return existing


def _summary(written: Written) -> str:
    counts = Counter(outcome for _, outcome, _ in written.candidates)
    words = {
        Outcome.TAKEN: "taken",
        Outcome.ALREADY_THERE: "there already",
        Outcome.REFUSED: "refused",
    }
    parts = [f"{counts[outcome]} {word}" for outcome, word in words.items() if counts[outcome]]
    return f"candidates: {', '.join(parts)}"
