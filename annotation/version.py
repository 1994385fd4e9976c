"""The version that is written into snapshots, checkpoints and other lasting files."""

VERSION = "0.1.0"
