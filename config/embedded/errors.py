class EmbeddedError(Exception):
    """The bundled services cannot run here; the message names cause and remedy."""
