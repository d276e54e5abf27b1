"""Pure: from a run to its report. Statistics, comparison, agreement, findings; no processes, no files."""
