"""What the events of the audit log say, by kind."""

from collections.abc import Mapping
from dataclasses import dataclass

# The event whose sentence lists the settings that changed.
SETTINGS = "settings"


@dataclass(frozen=True)
class Kind:
    """Events that a reader of the log looks for together.

    sentences: a template by verb, filled from the event's detail.
    """

    label: str
    sentences: Mapping[str, str]


KINDS: dict[str, Kind] = {
    "setting": Kind(
        "Settings and state",
        {
            "created": "created the campaign",
            "state": "moved the campaign from {from} to {to}",
            SETTINGS: "changed the settings",
            "rubric_published": "published rubric version {version}",
            "demo_created": "opened the demo",
            "votes_simulated": "let simulated experts judge here",
            "demo_ready": "finished the demo",
        },
    ),
    "people": Kind(
        "People and roles",
        {
            "invited": "made an invitation as {roles}: {note}",
            "invitation_withdrawn": "withdrew an invitation as {roles}: {note}",
            "joined": "joined by an invitation as {roles}",
            "reset_link_made": "made a link for a new password of {user}",
            "roles_given": "made {user} {roles}",
            "role_removed": "removed {user} as {role}",
            "skills_set": "set what {user} is asked about",
        },
    ),
    "account": Kind(
        "Accounts, keys and sign-in",
        {
            "signed_in": "signed in",
            "signed_out": "signed out",
            "sign_in_failed": "somebody failed to sign in as {user}",
            "reset_requested": "somebody asked for a new password of {user} by e-mail",
            "password_reset": "set a new password by a link",
            "key_created": "made the API key “{name}” of {user}: {scopes}",
            "key_revoked": "revoked the API key “{name}” of {user}",
            "password_changed": "changed the own password",
            "account_made": "made the account {user}",
            "account_changed": "changed the account {user}: {fields}",
        },
    ),
    "data": Kind(
        "Exports and downloads",
        {
            "froze": "froze snapshot {snapshot:.12}",
            "export_requested": "asked for an export as {format} of snapshot {snapshot:.12}",
            "export_downloaded": "downloaded an export as {format} of snapshot {snapshot:.12}",
            "table_downloaded": "downloaded the table {table} as CSV",
        },
    ),
    "quality": Kind(
        "Quality of answers",
        {
            "annotator_paused": "paused {user}: {reason}",
            "annotator_resumed": "let {user} go on",
            "let_start": "let {user} judge without the training of the gate",
            "annotator_warned": "warned {user}: {reason}",
            "appealed": "appealed: {reason}",
            "appeal_answered": "answered an appeal of {user}: {reason}",
            "answer_reviewed": "reviewed an answer of {user}: {outcome}",
            "rules_set": "set the quality rules: {modes}",
            "rule_fired": "{rule} found {user}: {reason}",
            "answers_set_aside": "set {n} answers of {user} aside: {reason}",
            "answers_restored": "let {n} answers of {user} count again; {n_left} stay set aside",
            "surplus_taken_in": "took in {n} surplus answers of {user}",
        },
    ),
    "item": Kind(
        "Items and imports",
        {
            "imported": "imported {file}: {items} items, {candidates} candidates",
            "look_alike_decided": "decided about two look-alikes of an item: {decision}",
            "item_withdrawn": "withdrew an item: {reason}",
            "item_corrected": "corrected an item: {reason}",
            "item_edited": "edited an item: {reason}",
            "item_completed": "completed an item by importing {file}: {fields}",
            "candidate_withdrawn": "withdrew a candidate: {reason}",
            "candidate_corrected": "corrected a candidate: {reason}",
            "candidate_edited": "edited a candidate: {reason}",
            "item_reported": "reported an item’s pictures: {reason}",
            "reports_resolved": "answered the reports of an item ({decision})",
        },
    ),
    "comparison": Kind(
        "Comparisons and references",
        {
            "comparisons_built": "built {n} comparisons ({policy})",
            "comparisons_discarded": "discarded {n} comparisons",
            "comparison_released": "released a held comparison ({held_for})",
            "disputes_handed_over": "handed {n} contested comparisons over to the adjudicators",
            "dispute_decided": "decided a dispute: {cause}",
            "disputes_taken_back": "took {n} disputes back from the adjudicators",
            "comparison_withdrawn": "withdrew a comparison: {reason}",
            "comparison_adjudicated": "adjudicated a comparison",
            "reference_created": "made a reference answer ({use})",
            "golds_created": "made {n} known answers gold",
            "reference_withdrawn": "withdrew a reference answer ({use})",
        },
    ),
    "model": Kind(
        "Models",
        {
            "champion": "made reward model {model:.8} the champion ({how})",
            "run_started": "started training run {run:.8}",
            "run_retried": "started training run {run:.8} again",
        },
    ),
}
SENTENCES: dict[str, str] = {
    verb: sentence for kind in KINDS.values() for verb, sentence in kind.sentences.items()
}
