"""Signing in: limits on attempts, and the browsers that an account was used from before."""
