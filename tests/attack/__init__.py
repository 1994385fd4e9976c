"""Attacks on a site of its own, on the loopback address: `make attack`."""
