"""Statistics of annotators, re-exported under one name."""

from annotation.stats.consistency import repeat_consistency
from annotation.stats.dawid_skene import dawid_skene, one_coin
from annotation.stats.drift import cusum, ewma
from annotation.stats.leave_one_out import RaterAgreement, agreement_with_others
from annotation.stats.majority import majority_vote
from annotation.stats.position_bias import left_shares
from annotation.stats.sequential import sprt
from annotation.stats.speed import speeds
from annotation.stats.straight_lining import straight_lining

__all__ = [
    "RaterAgreement",
    "agreement_with_others",
    "cusum",
    "dawid_skene",
    "ewma",
    "left_shares",
    "majority_vote",
    "one_coin",
    "repeat_consistency",
    "speeds",
    "sprt",
    "straight_lining",
]
