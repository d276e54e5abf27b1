"""What a recipe works on, described and not yet made: the description travels, the pictures stay on disk."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields, replace
from typing import TypeVar

FORMATS = ("jpeg", "png", "tiff", "webp", "bmp")
_MOST_PIXELS = 1 << 28


@dataclass(frozen=True, slots=True)
class Photos:
    """Photographs that memlab generates: the same bytes for the same description on one machine.

    Attributes:
        count: how many, at least 1.
        width, height: pixels, 8 to 32768 each, at most 2^28 in all.
        format: one of `FORMATS`.
        progressive: progressive instead of baseline JPEG.
        quality: 1 to 100, for JPEG and WebP.
        seed: another seed gives other pictures.
    """

    count: int
    width: int
    height: int
    format: str = "jpeg"
    progressive: bool = False
    quality: int = 90
    seed: int = 0

    def __post_init__(self) -> None:
        _whole("count", self.count, 1, 100_000)
        _whole("width", self.width, 8, 32_768)
        _whole("height", self.height, 8, 32_768)
        _whole("quality", self.quality, 1, 100)
        _whole("seed", self.seed, 0, 2**31 - 1)
        if self.width * self.height > _MOST_PIXELS:
            raise ValueError(f"{self.width}×{self.height} is more than {_MOST_PIXELS} pixels a picture")
        if self.format not in FORMATS:
            raise ValueError(f"format={self.format!r} is unknown; there are {', '.join(FORMATS)}")
        if not isinstance(self.progressive, bool):
            raise ValueError(f"progressive={self.progressive!r} is neither True nor False")
        if self.progressive and self.format != "jpeg":
            raise ValueError(f"progressive=True goes with format='jpeg', not {self.format!r}")

    def to_dict(self) -> dict[str, object]:
        """The description as JSON values, with its kind."""
        return {"kind": "photos"} | {field.name: getattr(self, field.name) for field in fields(self)}

    def with_settings(self, settings: dict[str, object]) -> Photos:
        """The same description with some of its fields set anew.

        Raises:
            ValueError: a setting is unknown or its value is not possible; the sentence names it.
        """
        return _with_settings(self, settings)


@dataclass(frozen=True, slots=True)
class Files:
    """Files that lie beside the recipe.

    Attributes:
        patterns: glob patterns, relative to the recipe's folder unless they are absolute; the files they
            match are sorted by name, each taken once.
        count: only the first so many, or all.
    """

    patterns: tuple[str, ...]
    count: int | None = None

    def __post_init__(self) -> None:
        if not self.patterns:
            raise ValueError("files() needs at least one pattern, like files('*.jpg')")
        for pattern in self.patterns:
            if not isinstance(pattern, str) or not pattern or "\0" in pattern:
                raise ValueError(f"{pattern!r} is not a pattern for files")
        if self.count is not None:
            _whole("count", self.count, 1, 100_000)

    def to_dict(self) -> dict[str, object]:
        """The description as JSON values, with its kind."""
        return {"kind": "files", "patterns": list(self.patterns), "count": self.count}

    def with_settings(self, settings: dict[str, object]) -> Files:
        """The same description with another `count`.

        Raises:
            ValueError: a setting is unknown or its value is not possible; the sentence names it.
        """
        return _with_settings(self, settings, settable=("count",))


InputDescription = Photos | Files
_Description = TypeVar("_Description", Photos, Files)


def photos(
    count: int,
    width: int,
    height: int,
    *,
    format: str = "jpeg",
    progressive: bool = False,
    quality: int = 90,
    seed: int = 0,
) -> Photos:
    """Describe generated photographs: `photos(count=24, width=1200, height=900)`.

    A variant is then given a list of `count` paths (`str`). See `Photos` for what the arguments mean.

    Raises:
        ValueError: an argument is out of its range; the sentence names it.
    """
    return Photos(count, width, height, format, progressive, quality, seed)


def files(*patterns: str | os.PathLike[str], count: int | None = None) -> Files:
    """Describe files of one's own: `files("scans/*.tif")`, relative to the recipe's folder.

    Raises:
        ValueError: no pattern, or one that can't be used.
    """
    return Files(tuple(os.fspath(pattern) for pattern in patterns), count)


def from_dict(description: dict[str, object]) -> InputDescription:
    """Read back what `to_dict` wrote.

    Raises:
        ValueError: the kind is unknown, or a value is not possible.
    """
    values = dict(description)
    kind = values.pop("kind", None)
    try:
        if kind == "photos":
            return Photos(**values)  # type: ignore[arg-type]
        if kind == "files":
            patterns = values.pop("patterns", ())
            if not isinstance(patterns, list | tuple):
                raise ValueError("patterns of files() is a list")
            return Files(tuple(patterns), **values)  # type: ignore[arg-type]
    except TypeError as error:
        raise ValueError(f"{kind}(): {error}") from None
    raise ValueError(f"there is no kind of inputs called {kind!r}")


def _with_settings(
    description: _Description, settings: dict[str, object], settable: tuple[str, ...] | None = None
) -> _Description:
    known = settable or tuple(field.name for field in fields(description))
    for name in settings:
        if name not in known:
            raise ValueError(f"{name!r} can't be set; there are {', '.join(known)}")
    return replace(description, **settings)  # type: ignore[arg-type]


def _whole(name: str, value: object, least: int, most: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"{name}={value!r} is not a whole number")
    if not least <= value <= most:
        raise ValueError(f"{name}={value} is not between {least} and {most}")
