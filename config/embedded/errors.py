class EmbeddedError(Exception):
    """The bundled services cannot run here; the message names the cause and the way out."""
