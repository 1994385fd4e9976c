"""Why a job stops early."""


class JobError(Exception):
    """A failure the person who started the job should read as it stands."""


class ClaimLost(Exception):
    """Another worker holds the job now; stop without writing anything."""


class Cancelled(Exception):
    """Somebody asked for the job to stop."""
