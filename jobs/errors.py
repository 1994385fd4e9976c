"""Why a job stops early."""


class JobError(Exception):
    """A failure the person who started the job should read as it stands."""


class ClaimLost(Exception):  # noqa: N818 - a state of affairs, caught by the runner
    """Another worker holds the job now; stop without writing anything."""


class Cancelled(Exception):  # noqa: N818 - as above
    """Somebody asked for the job to stop."""
