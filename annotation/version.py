"""The version stamped on everything that outlives a run."""

VERSION = "0.1.0"
