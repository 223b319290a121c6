"""The files of a folder or a zip, listed and read without trusting a name, a link or a size."""

from __future__ import annotations

import io
import os
import stat
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO

from workbook.grading.facts.plain import plain_line
from workbook.grading.facts.record import TOO_LARGE, UNREADABLE, Refusal, Refused
from workbook.grading.intake.naming import is_notebook
from workbook.language import _

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MOST_FILES = 50_000
MOST_ZIPS = 500  # among the files, each held open
DEEPEST = 20  # folders
LONGEST_NAME = 255  # characters; what a file system allows, and a zip does not keep to
MOST_BYTES = 64 * 1024 * 1024  # of one notebook out of a zip
MOST_RATIO = 200  # unpacked to packed, beyond the first megabytes
RATIO_FROM = 8 * 1024 * 1024
CHUNK = 64 * 1024
DEVICE = _("it is a pipe or a device, not a file")
LINK = _("it is a link, and links are not followed")
MAC = "__MACOSX"  # a folder that macOS adds to a zip


class SourceError(ValueError):
    """The source can't be listed. The message is a sentence."""


@dataclass(frozen=True)
class Entry:
    """A file. `parts` are its folders and name, as they are stored; `time` is for comparing files
    of one source: nanoseconds, or a zip's year to second. `read` opens it as a stream, `fetch`
    gives a path to it; both raise Refused."""

    parts: tuple[str, ...]
    time: tuple[int, ...]
    read: Callable[[], BinaryIO]
    fetch: Callable[[], Path]

    @property
    def when(self) -> datetime | None:
        """Its time, in this machine's zone if it says none; None for what is no date."""
        try:
            if len(self.time) == 1:
                return datetime.fromtimestamp(self.time[0] / 1e9)
            return datetime(*self.time[:6])  # type: ignore[arg-type]  # a zip's may be anything
        except (ValueError, OverflowError, OSError):
            return None


@dataclass
class Listing:
    """`folders` are those that were met, by their parts."""

    entries: list[Entry] = field(default_factory=list)
    folders: list[tuple[str, ...]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def note(self, parts: tuple[str, ...], what: str) -> None:
        self.notes.append(f"{shown(parts)}: {what}")


def shown(parts: tuple[str, ...]) -> str:
    """A name for people."""
    return plain_line("/".join(parts), limit=300)


@contextmanager
def listed(source: Path, work: Path) -> Iterator[Listing]:
    """What lies in a folder or zip, in a stable order; a zip stays open meanwhile. Raises
    SourceError."""
    name = plain_line(str(source))
    with ExitStack() as stack:
        try:
            if source.is_dir():
                listing = _folder(source)
                _open_zips(listing, work, stack)
            elif zipfile.is_zipfile(source):
                listing = _archive(stack.enter_context(zipfile.ZipFile(source)), work)
                _open_zips(listing, work, stack)
            elif source.exists():
                text = _("{name} is neither a folder nor a zip file")
                raise SourceError(text.format(name=name))
            else:
                raise SourceError(_("there is no folder or zip file {name}").format(name=name))
        except (OSError, zipfile.BadZipFile) as error:
            text = _("{name} can't be read: {reason}")
            raise SourceError(text.format(name=name, reason=error)) from None
        yield listing


# ---- a zip among the files -----------------------------------------------------------------------


def _open_zips(listing: Listing, work: Path, stack: ExitStack) -> None:
    """Put what lies in a zip in its place: in the learner's folder; a zip without a folder is one.
    A zip in such a zip stays closed."""
    opened = 0
    for entry in list(listing.entries):
        if not entry.parts[-1].lower().endswith(".zip") or opened == MOST_ZIPS:
            continue
        try:
            path = entry.fetch()
            archive = stack.enter_context(zipfile.ZipFile(path))
        except (Refused, OSError, zipfile.BadZipFile):
            continue  # it stays what it is: no notebook
        opened += 1
        inside = work / f"zip-{opened:04}"
        inside.mkdir()
        folder = entry.parts[:-1] or (entry.parts[-1][: -len(".zip")],)
        listing.entries.remove(entry)
        found = _archive(archive, inside)
        listing.entries += [replace(each, parts=folder + each.parts) for each in found.entries]
        listing.notes += found.notes
        if len(listing.entries) > MOST_FILES:
            raise SourceError(_too_many(shown(entry.parts)))
    listing.entries.sort(key=lambda entry: entry.parts)


# ---- a folder ------------------------------------------------------------------------------------


def _folder(root: Path) -> Listing:
    listing = Listing()
    for parts in _walk(root, (), listing):
        path = root.joinpath(*parts)
        status = path.lstat()
        if len(listing.entries) == MOST_FILES:
            raise SourceError(_too_many(plain_line(str(root))))
        listing.entries.append(
            Entry(parts, (status.st_mtime_ns,), _opener(path), _checker(path, status.st_mode))
        )
    return listing


def _walk(root: Path, parts: tuple[str, ...], listing: Listing) -> Iterator[tuple[str, ...]]:
    """The files, and what pretends to be a notebook. No link is followed."""
    try:
        with os.scandir(root.joinpath(*parts)) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except OSError as error:
        if not parts:
            raise
        listing.folders.remove(parts)  # it is not known whether it is empty
        listing.note(parts, _("this folder can't be read: {reason}").format(reason=error.strerror))
        return
    for entry in entries:
        here = (*parts, entry.name)
        if _ignored(entry.name):
            continue
        if entry.is_dir(follow_symlinks=False) and not is_notebook(entry.name):
            listing.folders.append(here)
            if len(here) < DEEPEST:
                yield from _walk(root, here, listing)
            else:
                text = _("deeper than {most} folders, left out")
                listing.note(here, text.format(most=DEEPEST))
        elif is_notebook(entry.name) or entry.is_file(follow_symlinks=False):
            yield here
        else:
            what = LINK if entry.is_symlink() else DEVICE
            listing.note(here, _("left out: {what}").format(what=what))


def _checker(path: Path, mode: int) -> Callable[[], Path]:
    def fetch() -> Path:
        if stat.S_ISLNK(mode):
            raise Refused(Refusal(UNREADABLE, LINK))
        if not stat.S_ISREG(mode):
            folder = _("it is a folder, not a file")
            raise Refused(Refusal(UNREADABLE, folder if stat.S_ISDIR(mode) else DEVICE))
        return path

    return fetch


def _opener(path: Path) -> Callable[[], BinaryIO]:
    """Opens a regular file only, even if it was exchanged since it was listed."""

    def read() -> BinaryIO:
        try:
            handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            text = _("it can't be read: {reason}").format(reason=error.strerror)
            raise Refused(Refusal(UNREADABLE, text)) from None
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise Refused(Refusal(UNREADABLE, DEVICE))
        return os.fdopen(handle, "rb")

    return read


# ---- a zip ---------------------------------------------------------------------------------------


def _archive(archive: zipfile.ZipFile, work: Path) -> Listing:
    """A name in the archive is never a path here: what is unpacked gets a number as its name."""
    listing = Listing()
    members = archive.infolist()
    if len(members) > MOST_FILES:
        raise SourceError(_too_many(plain_line(str(archive.filename))))
    for number, member in enumerate(members):
        raw = _name(member).replace("\\", "/").split("/")
        parts = tuple(_shortened(part) for part in raw if part not in ("", ".", ".."))
        if ".." in raw:
            listing.note(tuple(raw), _("its name leads out of the zip; taken without that"))
        if not parts or any(map(_ignored, parts)):
            continue
        if member.is_dir():
            listing.folders.append(parts)
            continue
        listing.entries.append(
            Entry(
                parts,
                member.date_time,
                _member_opener(archive, member),
                _unpacker(archive, member, work / f"{number:06}.ipynb"),
            )
        )
    listing.entries.sort(key=lambda entry: entry.parts)
    return listing


def _shortened(name: str) -> str:
    """With its end, which says whether it is a notebook."""
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 50] + name[-50:]


def _name(member: zipfile.ZipInfo) -> str:
    """As it was meant: some programs write UTF-8 and forget to say so, and a Korean Windows writes
    CP949; zipfile reads both as cp437. macOS takes Hangul apart, which is put together again."""
    if member.flag_bits & 0x800:
        return unicodedata.normalize("NFC", member.filename)
    raw = member.filename.encode("cp437", "replace")
    for encoding in ("utf-8", "cp949"):
        with suppress(UnicodeError):
            name = raw.decode(encoding)
            if encoding == "utf-8" or any("가" <= character <= "힣" for character in name):
                return unicodedata.normalize("NFC", name)
    return member.filename


def _member_opener(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Callable[[], BinaryIO]:
    def read() -> BinaryIO:
        kind = stat.S_IFMT(member.external_attr >> 16)
        if kind == stat.S_IFLNK:
            raise Refused(Refusal(UNREADABLE, LINK))
        if kind not in (0, stat.S_IFREG):
            raise Refused(Refusal(UNREADABLE, DEVICE))
        try:
            bounded: io.RawIOBase = _Bounded(archive.open(member), member)
            return io.BufferedReader(bounded, CHUNK)
        # RuntimeError: encrypted; NotImplementedError: packed in a rare way
        except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
            raise _broken(error) from None

    return read


class _Bounded(io.RawIOBase):
    """A member as a stream that ends with Refused when it is more than a notebook may be."""

    def __init__(self, stream: IO[bytes], member: zipfile.ZipInfo) -> None:
        self._stream, self._packed, self._count = stream, member.compress_size, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        room = memoryview(buffer).cast("B")
        try:
            data = self._stream.read(len(room))
        except Exception as error:  # zlib, lzma and bz2 have an error each
            raise _broken(error) from None
        self._count += len(data)
        if self._count > MOST_BYTES:
            text = _("it is larger than {size} MiB").format(size=MOST_BYTES // 2**20)
            raise Refused(Refusal(TOO_LARGE, text))
        if self._count > max(RATIO_FROM, MOST_RATIO * self._packed):
            text = _("it unpacks to more than {ratio} times its size").format(ratio=MOST_RATIO)
            raise Refused(Refusal(TOO_LARGE, text))
        room[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._stream.close()
        super().close()


def _broken(error: Exception) -> Refused:
    text = _("it can't be unpacked: {reason}").format(reason=plain_line(str(error)))
    return Refused(Refusal(UNREADABLE, text))


def _unpacker(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path
) -> Callable[[], Path]:
    def fetch() -> Path:
        try:
            with _member_opener(archive, member)() as packed, target.open("xb") as unpacked:
                while chunk := packed.read(CHUNK):
                    unpacked.write(chunk)
        except Refused:
            target.unlink(missing_ok=True)
            raise
        return target

    return fetch


def _too_many(name: str) -> str:
    return _("more than {most} files in {name}").format(most=MOST_FILES, name=name)


def _ignored(name: str) -> bool:
    """Hidden files, checkpoints and what macOS adds."""
    return name.startswith(".") or name == MAC
