"""What a project says of memlab in its pyproject.toml."""

from memlab.configuration.project import BASELINE_FILE, Configuration, find_configuration

__all__ = ["BASELINE_FILE", "Configuration", "find_configuration"]
