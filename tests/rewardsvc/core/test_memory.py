"""Less at a time where memory runs out, and no other error is taken for that."""

import pytest
import torch

from rewardsvc.core import memory


def too_many(limit, error):
    def work(items):
        if items > limit:
            raise error
        return items

    return work


def test_work_is_tried_with_half_as_many_until_it_fits():
    seen = []
    error = torch.OutOfMemoryError("full")
    fits = memory.with_fewer(8, too_many(2, error), lambda *step: seen.append(step[:2]))
    assert fits == 2
    assert seen == [(8, 4), (4, 2)]


def test_a_single_item_that_does_not_fit_raises_the_error():
    seen = []
    with pytest.raises(MemoryError):
        memory.with_fewer(3, too_many(0, MemoryError()), lambda *step: seen.append(step[:2]))
    assert seen == [(3, 1), (1, None)]


def test_another_error_is_raised_at_once():
    seen = []
    with pytest.raises(RuntimeError, match="shapes"):
        memory.with_fewer(3, too_many(0, RuntimeError("shapes")), lambda *step: seen.append(step))
    assert not seen


def test_a_lack_of_memory_is_detected_by_type_message_and_cause():
    wrapped = ValueError("the step failed")
    wrapped.__cause__ = RuntimeError("DefaultCPUAllocator: can't allocate memory")
    assert memory.is_out_of_memory(wrapped)
    assert not memory.is_out_of_memory(RuntimeError("CUDA error: an illegal memory access"))
