"""A Stripe in miniature: a process on loopback that remembers, keeps Stripe's rules for what we use, and fails on demand."""

from vendors.rails.sandbox.server import run, serve

__all__ = ["run", "serve"]
