"""The release: pyproject.toml takes its version from here."""

__version__ = "0.1.0"
