"""Spilling to disk: keep what the second pass needs in files, not in a list.

Some work goes through its pictures twice. Here the first pass brings each picture of a series to linear light and
takes the mean of all; the second looks how far each strays from that mean, so that the result shows, pixel by pixel,
where something moved. Between the passes the prepared pictures wait. In a list they are all in memory at once, as
floats of four times the size of what was read: 16 pictures of 448×336 are 28 MiB, 16 of 12 megapixels 2.1 GiB.
Written to disk and read back one at a time, one of them is in memory, beside the three arrays that the second pass
itself works with: that floor is there whatever the storage, and the number of pictures no longer matters.

When it helps: what is between the passes was dear to make, and is larger than memory. When it doesn't: the first
step is cheap, as it is here to keep the measurement short. Then do it again instead. And a disk is slow, so that
memory is paid for with time; look at the times, too.

What to look for in the figures:

* `npy_files` is the plainest way and the fastest. A file that is mapped takes memory only while it is looked at, and
  as pages of a file, which the kernel may drop and read again: the split at the peak shows them apart. tracemalloc
  doesn't see them; memray counts the whole mapping, whether it was looked at or not.
* `hdf5_gzip` and `hdf5_lzf` keep everything in one file of less than half the size. Both are lossless; lzf packs
  less tightly and is faster. A chunk is the least that HDF5 reads and unpacks, so its shape must follow the access:
  here one picture and 64 rows. Chunks across all pictures once made 138 seconds out of 5. HDF5 also keeps chunks
  that it has read, 1 MiB of them, and 8 MiB from HDF5 2.0 on, unless `rdcc_nbytes` says otherwise.
* `png_uint16` can be opened with any viewer. 16 bits hold the range from 0 to 1 to 107 dB, which is as good as
  nothing lost. But whoever stores other values has to scale them, and must remember how. From one installation to
  another its need differs by a picture of 16 bits or two, 0.9 MiB each, as malloc finds room for them or not.
* `png_float` lets OpenCV write the floats as they are. PNG has no floats, so OpenCV rounds them to 0 and 1 and returns
  True: a picture of two values. OpenCV 4.10 does so without a word, 4.14 and 5.0 print a warning.
* `jpeg` looks like a good saving until it is compared: 43 to 46 dB of each picture are left, and 41 of the result,
  as the largest deviation collects the largest errors.
* `hdf5_read_at_once` has one colon too many. `dataset[number]` reads a picture, `dataset[:]` the album.
* `shelf_with_writeback`: a shelf with writeback=True has to remember every object that it was given or has handed
  out, for it could have been changed, and pickles all of them once more when it is closed.
* What is written waits in the kernel's page cache before it is on the disk, and stays there while there is room. It
  isn't the process's memory, but a container's limit counts it (the cgroup's peak, where memlab can read that).
  Unlike a list it gives way when memory gets short.
* On many systems /tmp is a tmpfs, and so is /dev/shm everywhere: folders that are memory. Spilling there moves the
  pictures out of sight and saves nothing. The files go to the system's folder for temporary files here, to /var/tmp
  where that is memory, and if both are, the variants say so (`--show-output`). TMPDIR names another folder.
"""

import dbm.dumb
import os
import shelve
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from memlab import Recipe, phase, photos, psnr

Floats = NDArray[Any]
"""A picture as float32 (height, width, 3), 0 to 1."""

_CODES = np.linspace(0, 1, 256)
LINEAR = np.where(_CODES <= 0.04045, _CODES / 12.92, ((_CODES + 0.055) / 1.055) ** 2.4).astype(np.float32)
"""For each 8-bit code the light that it stands for, 0 to 1: the sRGB curve (IEC 61966-2-1)."""

_MEMORY = ("tmpfs", "ramfs")

recipe = Recipe(
    inputs=photos(count=16, width=448, height=336),
    sweep={"count": (8, 16, 32)},
    quick={"count": 6},
    agree=psnr(at_least=80),
    needs=("cv2",),
)


@recipe.baseline
def in_memory(paths: list[str]) -> Floats:
    """Keep every picture of the first pass in a list for the second."""
    kept: list[Floats] = []
    mean = first_pass(paths, lambda _, picture: kept.append(picture))
    return second_pass(mean, kept)


@recipe.technique(promises=(4.4, 0.3))
def npy_files(paths: list[str]) -> Floats:
    """Write one `.npy` file a picture, and map one after the other into memory."""
    with spill_folder() as folder:
        files = [os.path.join(folder, f"{number}.npy") for number in range(len(paths))]
        mean = first_pass(paths, lambda number, picture: np.save(files[number], picture))
        return second_pass(mean, (np.load(file, mmap_mode="r") for file in files))


@recipe.technique(promises=(3.5, 0.4), needs=("h5py",))
def hdf5_gzip(paths: list[str]) -> Floats:
    """Write all pictures into one HDF5 file, in chunks that gzip packs."""
    with hdf5_file() as file:
        mean = first_pass(paths, hdf5_writer(file, len(paths), compression="gzip", compression_opts=1))
        return second_pass(mean, (file["pictures"][number] for number in range(len(paths))))


@recipe.technique(promises=(3.5, 0.4), needs=("h5py",))
def hdf5_lzf(paths: list[str]) -> Floats:
    """The same, packed by lzf."""
    with hdf5_file() as file:
        mean = first_pass(paths, hdf5_writer(file, len(paths), compression="lzf"))
        return second_pass(mean, (file["pictures"][number] for number in range(len(paths))))


@recipe.technique(promises=(3.9, 0.6))
def png_uint16(paths: list[str]) -> Floats:
    """Write 16-bit PNG files."""
    with spill_folder() as folder:
        files = [os.path.join(folder, f"{number}.png") for number in range(len(paths))]
        mean = first_pass(paths, lambda number, picture: write(files[number], to_integers(picture, np.uint16)))
        return second_pass(mean, (to_floats(read(file)) for file in files))


@recipe.pitfall(shows="wrong_output", because="PNG holds no floats: OpenCV makes them 0 or 1, and imwrite says True")
def png_float(paths: list[str]) -> Floats:
    """Write PNG files of the floats as they are."""
    with spill_folder() as folder:
        files = [os.path.join(folder, f"{number}.png") for number in range(len(paths))]
        mean = first_pass(paths, lambda number, picture: write(files[number], picture))
        return second_pass(mean, (read(file).astype(np.float32) for file in files))


@recipe.pitfall(shows="wrong_output", because="JPEG rounds to 8 bits and drops fine detail")
def jpeg(paths: list[str]) -> Floats:
    """Write JPEG files of good quality, 95, as OpenCV does unless told otherwise."""
    with spill_folder() as folder:
        files = [os.path.join(folder, f"{number}.jpg") for number in range(len(paths))]
        mean = first_pass(paths, lambda number, picture: write(files[number], to_integers(picture, np.uint8)))
        return second_pass(mean, (to_floats(read(file)) for file in files))


@recipe.pitfall(against="hdf5_lzf", shows="costs", because="`[:]` reads all pictures into one array", needs=("h5py",))
def hdf5_read_at_once(paths: list[str]) -> Floats:
    """Write the HDF5 file as before, and go through `dataset[:]`."""
    with hdf5_file() as file:
        mean = first_pass(paths, hdf5_writer(file, len(paths), compression="lzf"))
        return second_pass(mean, file["pictures"][:])


@recipe.pitfall(shows="no_saving", because="writeback=True keeps every picture that was on the shelf")
def shelf_with_writeback(paths: list[str]) -> Floats:
    """Put the pictures on a shelf, a dictionary on disk, that writes changes back by itself."""
    with spill_folder() as folder, new_shelf(os.path.join(folder, "pictures")) as shelf:

        def keep(number: int, picture: Floats) -> None:
            shelf[str(number)] = picture

        mean = first_pass(paths, keep)
        return second_pass(mean, (shelf[str(number)] for number in range(len(paths))))


def first_pass(paths: list[str], keep: Callable[[int, Floats], object]) -> Floats:
    """Prepare one picture after the other, hand each to `keep` with its number, and return the mean of all."""
    with phase("first pass"):
        for number, path in enumerate(paths):
            picture = linear_light(path)
            if number == 0:
                total = np.zeros_like(picture)
            if picture.shape != total.shape:
                raise ValueError(f"{path} has another size than {paths[0]}: a series has one size")
            total += picture
            keep(number, picture)
            del picture
        total /= len(paths)
    return total


def second_pass(mean: Floats, pictures: Iterable[Floats]) -> Floats:
    """For each value the largest distance that a picture has from the mean, 0 to 1."""
    with phase("second pass"):
        farthest, distance = np.zeros_like(mean), np.empty_like(mean)
        for picture in pictures:
            np.subtract(picture, mean, out=distance)
            np.abs(distance, out=distance)
            np.maximum(farthest, distance, out=farthest)
            del picture
    return farthest


def linear_light(path: str) -> Floats:
    """Read a picture and turn its codes into the light that they stand for."""
    return cv2.LUT(read(path, cv2.IMREAD_COLOR), LINEAR)


def read(path: str, flag: int = cv2.IMREAD_UNCHANGED) -> NDArray[Any]:
    """`cv2.imread`, which returns None for a file that it can't read: an error here."""
    image = cv2.imread(path, flag)
    if image is None:
        raise ValueError(f"OpenCV can't read {path}")
    return image


def write(path: str, image: NDArray[Any]) -> None:
    """`cv2.imwrite`, which returns False when it could not write: an error here."""
    if not cv2.imwrite(path, image):
        raise OSError(f"OpenCV can't write {path}")


def to_integers(picture: Floats, kind: type[np.unsignedinteger[Any]]) -> NDArray[Any]:
    """0 to 1 as the whole range of an integer type, rounded."""
    return (picture * np.iinfo(kind).max + 0.5).astype(kind)


def to_floats(image: NDArray[Any]) -> Floats:
    """The whole range of an integer type as 0 to 1."""
    floats: Floats = np.divide(image, np.iinfo(image.dtype).max, dtype=np.float32)
    return floats


@contextmanager
def hdf5_file() -> Iterator[Any]:
    """A new HDF5 file that keeps 1 MiB of chunks in memory, whatever this version's own habit is."""
    import h5py

    with spill_folder() as folder, h5py.File(os.path.join(folder, "pictures.h5"), "w", rdcc_nbytes=1 << 20) as file:
        yield file


def hdf5_writer(file: Any, count: int, **compression: Any) -> Callable[[int, Floats], None]:
    """What writes a picture into the dataset `pictures`, which is made for `count` of them when the first comes."""

    def keep(number: int, picture: Floats) -> None:
        if number == 0:
            chunk = (1, min(64, len(picture)), *picture.shape[1:])
            file.create_dataset("pictures", (count, *picture.shape), picture.dtype, chunks=chunk, **compression)
        file["pictures"][number] = picture

    return keep


def new_shelf(path: str) -> shelve.Shelf[Floats]:
    """An empty shelf with writeback.

    `shelve.open` takes another database on each platform, and some hold no value as large as a picture.
    """
    database: Any = dbm.dumb.open(path, "n")  # noqa: SIM115 (the shelf closes it)
    return shelve.Shelf(database, writeback=True)


@contextmanager
def spill_folder() -> Iterator[str]:
    """A folder for files that memory is to be saved with; it is gone again afterwards, also after an error."""
    place = tempfile.gettempdir()
    if is_memory(place) and os.access("/var/tmp", os.W_OK):
        place = "/var/tmp"
    if is_memory(place):
        print(f"{place} is memory (tmpfs): what is spilled there saves none; set TMPDIR to a folder on a disk")
    with tempfile.TemporaryDirectory(prefix="memlab-spill-", dir=place) as folder:
        yield folder


def is_memory(folder: str) -> bool:
    """Whether a folder's file system keeps its files in memory; only Linux can be asked."""
    try:
        with open("/proc/self/mountinfo", encoding="utf-8", errors="replace") as mounts:
            device = os.stat(folder).st_dev
            number = f"{os.major(device)}:{os.minor(device)}"
            return any(line.split()[2] == number and line.partition(" - ")[2].split()[0] in _MEMORY for line in mounts)
    except OSError:
        return False
