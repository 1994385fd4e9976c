"""The queue as a few dictionaries: what may happen, said without a database.

The model does not say which comparison a lease gets, but which it may get, how many, and why none;
everything else it foretells exactly.
"""

from collections import Counter
from dataclasses import dataclass, field

NEVER_AGAIN = {"leased", "submitted", "surplus", "skipped", "set_aside"}


@dataclass
class Lease:
    comparison: int
    person: int
    slot: int | None
    order: tuple[int, ...]
    state: str = "leased"
    over: bool = False


@dataclass
class QueueModel:
    """overlap and held by comparison id; people by id; everything starts free."""

    k: int
    overlap: dict[int, int] = field(default_factory=dict)
    held: set[int] = field(default_factory=set)
    unable: Counter = field(default_factory=Counter)
    paused: set[int] = field(default_factory=set)
    is_open: bool = True
    people: list[int] = field(default_factory=list)
    sensitive: set[int] = field(default_factory=set)
    avoiding: set[int] = field(default_factory=set)
    leases: dict[int, Lease] = field(default_factory=dict)
    answers: dict[int, dict] = field(default_factory=dict)

    def of(self, comparison, *states):
        return [
            lease
            for lease in self.leases.values()
            if lease.comparison == comparison and lease.state in states
        ]

    def taken(self, comparison):
        return {lease.slot for lease in self.of(comparison, "leased", "submitted")} - {None}

    def free(self, comparison):
        if comparison in self.held:
            return set()
        return set(range(1, self.overlap[comparison] + 1)) - self.taken(comparison)

    def first_block(self, comparison):
        """Return the free places of the first block that has one: no other may be served."""
        free = self.free(comparison)
        block = min((slot - 1) // self.k for slot in free)
        return {slot for slot in free if (slot - 1) // self.k == block}

    def saw(self, person, comparison):
        return any(lease.person == person for lease in self.of(comparison, *NEVER_AGAIN))

    def suits(self, person, comparison):
        return person not in self.avoiding or comparison not in self.sensitive

    def may_get(self, person):
        free = {c for c in self.overlap if self.free(c) and not self.saw(person, c)}
        return {c for c in free if self.suits(person, c)}

    def open_leases(self, person):
        mine = [pk for pk, lease in self.leases.items() if lease.person == person]
        return [pk for pk in mine if self.leases[pk].state == "leased"]

    def stopped(self, person):
        return person in self.paused or not self.is_open

    # What people do ---------------------------------------------------------------------------

    def expire(self, *people):
        for lease in self.leases.values():
            if lease.state == "leased" and lease.over and lease.person in people:
                lease.state = "expired"

    def lease(self, person, ahead):
        """Return how many leases the person must have now, before `got` counts new ones."""
        if self.stopped(person):
            return 0
        self.expire(person)
        n_open = len(self.open_leases(person))
        if n_open + len(self.may_get(person)) < ahead:
            self.expire(*self.people)
        return min(ahead, max(n_open, n_open + len(self.may_get(person))))

    def got(self, pk, lease):
        """Take in a new lease; refuse one that the queue should not have given."""
        assert lease.comparison in self.may_get(lease.person)
        assert lease.slot in self.first_block(lease.comparison)
        for other in self.leases.values():
            if (other.comparison, other.slot) == (lease.comparison, lease.slot):
                assert other.order == lease.order, "a place changed its order"
        self.leases[pk] = lease

    def why_nothing(self, person):
        if self.stopped(person):
            return "paused"
        held_by_others = {
            lease.comparison
            for lease in self.leases.values()
            if lease.state == "leased" and lease.comparison not in self.held
        }
        free = {c for c in self.overlap if self.free(c)}
        to_come = {c for c in held_by_others | free if not self.saw(person, c)}
        if any(self.suits(person, c) for c in to_come):
            return "waiting"
        return "not_qualified" if to_come else "done"

    def submit(self, pk, *, unable):
        """Return "counted", "surplus" or, for a refusal, "conflict"."""
        lease = self.leases[pk]
        if lease.state in {"submitted", "surplus", "skipped", "set_aside"}:
            return "conflict"
        late = lease.state != "leased"
        if self.stopped(lease.person) or (late and not self._takes_place(lease, unable)):
            lease.state = "surplus"
            return "surplus"
        if late:
            self._give_back_newer(lease)
        lease.state = "submitted"
        if unable:
            lease.slot = None
            self.unable[lease.comparison] += 1
            if self.unable[lease.comparison] >= 2:
                self.held.add(lease.comparison)
        return "counted"

    def _takes_place(self, lease, unable):
        others = self.of(lease.comparison, "leased", "submitted")
        answered = self.of(lease.comparison, "submitted", "set_aside")
        if any(one.person == lease.person for one in answered):
            return False
        if unable or lease.slot is None:
            return True
        return all(one.slot != lease.slot or one.person == lease.person for one in others)

    def _give_back_newer(self, lease):
        for one in self.of(lease.comparison, "leased"):
            if one.person == lease.person:
                one.state = "released"

    def revise(self, judgment):
        """Return "counted", or "conflict" for an answer that is not its person's to change."""
        result = self.answers[judgment]
        if self.stopped(self.leases[result["assignment"]].person):
            return "conflict"
        changed = any(one.get("supersedes") == judgment for one in self.answers.values())
        is_out = self.leases[result["assignment"]].state == "set_aside"
        never = changed or is_out or result["state"] == "surplus" or result["unable"]
        return "conflict" if never else "counted"

    def skip(self, pk):
        lease = self.leases[pk]
        if lease.state in {"submitted", "surplus", "set_aside"}:
            return "conflict"
        if lease.state in {"expired", "released"}:
            self._give_back_newer(lease)
        lease.state = "skipped"
        return "done"

    def release(self, pk):
        lease = self.leases[pk]
        if lease.state in {"submitted", "surplus", "set_aside"}:
            return "conflict"
        if lease.state == "leased":
            lease.state = "released"
        return "done"

    def heartbeat(self, pk):
        lease = self.leases[pk]
        if lease.state != "leased" or self.stopped(lease.person):
            return "conflict"
        lease.over = False
        return "done"

    # What leads do ----------------------------------------------------------------------------

    def pause(self, person):
        self.paused.add(person)
        self._give_back(person)

    def stop(self):
        """A lead pauses the campaign."""
        self.is_open = False
        self._give_back(*self.people)

    def _give_back(self, *people):
        for lease in self.leases.values():
            if lease.state == "leased" and lease.person in people:
                lease.state = "released"

    def send_back(self, comparison, raised_by):
        """Return "sent", "held" or "left_out"."""
        n_free = len(self.free(comparison))
        asked = [p for p in self.people if p not in self.paused and self.suits(p, comparison)]
        n_left = sum(not self.saw(p, comparison) for p in asked)
        if comparison in self.held or 0 < n_left <= n_free:
            return "left_out"
        if n_left == 0:
            self.held.add(comparison)
            return "held"
        self.overlap[comparison] += min(raised_by, n_left - n_free)
        return "sent"

    def hand_back(self, comparison):
        """A lead puts a held comparison back."""
        self.held.discard(comparison)

    def newest(self, person, state):
        """Return a person's newest answers by assignment, of leases in a state."""
        mine = {pk for pk, one in self.leases.items() if (one.person, one.state) == (person, state)}
        found = {one["assignment"]: judgment for judgment, one in sorted(self.answers.items())}
        return {pk: found[pk] for pk in mine}

    def set_aside(self, person):
        """Return the answers that a lead sets aside: all in force."""
        answers = self.newest(person, "submitted")
        for pk, judgment in answers.items():
            self.leases[pk].state = "set_aside"
            self.unable[self.leases[pk].comparison] -= self.answers[judgment]["unable"]
        return sorted(answers.values())

    def restore(self, judgments):
        """Return the answers that count again: those of slots that nobody else holds."""
        wanted = {
            self.answers[judgment]["assignment"]: judgment
            for judgment in judgments
            if self.leases[self.answers[judgment]["assignment"]].state == "set_aside"
        }
        back = self._back(wanted)
        for pk in back:
            self.unable[self.leases[pk].comparison] += self.answers[wanted[pk]]["unable"]
        return [wanted[pk] for pk in back]

    def take_in(self, person):
        """Return the assignments whose surplus answer counts from now on."""
        surplus = self.newest(person, "surplus")
        return self._back([pk for pk, one in surplus.items() if not self.answers[one]["unable"]])

    def _back(self, assignments):
        """Give each assignment its slot again where it is free, the earliest first."""
        back = []
        for pk in sorted(assignments):
            lease = self.leases[pk]
            others = self.of(lease.comparison, "leased", "submitted")
            is_free = lease.slot is None or all(one.slot != lease.slot for one in others)
            if is_free and all(one.person != lease.person for one in others):
                lease.state = "submitted"
                back.append(pk)
        return back
