"""Why a job stops early."""


class JobError(Exception):
    """A failure whose message is shown unchanged to the person who started the job."""


class ClaimLost(Exception):
    """Another worker holds the job now; stop without writing anything."""


class Cancelled(Exception):
    """Somebody asked for the job to stop."""
