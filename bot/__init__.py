"""Songbird carries a release from "QA signed off" to "healthy in production"."""

__version__ = "0.1.0"
