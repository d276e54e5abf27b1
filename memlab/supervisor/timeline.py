"""An envelope of bounded size: neighbours are merged so that maxima survive."""

from __future__ import annotations

_MOST_POINTS = 1500


class TimelineKeeper:
    """Collects (seconds, bytes) points, each the maximum of the interval that ends there."""

    def __init__(self, most: int = _MOST_POINTS) -> None:
        self._most = most
        self._points: list[tuple[float, int]] = []
        self._together = 1
        self._pending: list[tuple[float, int]] = []

    def add(self, seconds: float, size_bytes: int) -> None:
        """Add the interval that ends at `seconds`."""
        self._pending.append((seconds, size_bytes))
        if len(self._pending) >= self._together:
            self._flush()
            if len(self._points) >= self._most:
                self._points = [_merged(self._points[i : i + 2]) for i in range(0, len(self._points), 2)]
                self._together *= 2

    def points(self) -> list[tuple[float, int]]:
        """All points, in order of time."""
        self._flush()
        return self._points

    def _flush(self) -> None:
        if self._pending:
            self._points.append(_merged(self._pending))
            self._pending = []


def _merged(points: list[tuple[float, int]]) -> tuple[float, int]:
    return round(points[-1][0], 4), max(size for _, size in points)
