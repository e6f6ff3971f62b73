"""One file that torch.save wrote: a zip archive with a pickle and, uncompressed and one by one, the storages of its tensors."""

import mmap
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import safe_pickle
from checkpoint_error import CheckpointError

LARGEST_PICKLE_BYTES = 512 << 20
LOCAL_HEADER_BYTES = 30
PAGE_BYTES = mmap.ALLOCATIONGRANULARITY


@dataclass(frozen=True)
class StoredBytes:
    """Where a storage lies in its file. `crc32` is 0 where torch was told not to write one."""

    offset: int
    size: int
    crc32: int


class RankFile:
    def __init__(self, path: Path):
        self.path = path
        self.name = path.name
        self.file_bytes = path.stat().st_size
        self._map: mmap.mmap | None = None
        self._checked: set[str] = set()
        try:
            with zipfile.ZipFile(path) as archive:
                self._entries = {entry.filename: entry for entry in archive.infolist()}
                self._root = self._find_root()
                self.state = safe_pickle.load(self._read_pickle(archive), self.name)
                self._check_byte_order(archive)
        except zipfile.BadZipFile as error:
            raise CheckpointError(
                f"{self.name} is cut off or damaged: the end that torch.save writes is not there ({self.file_bytes:,} bytes). "
                "Copy it again, or take the checkpoint before."
            ) from error
        if not isinstance(self.state, dict) or not self.state:
            raise CheckpointError(f"{self.name} holds no weights by name: it is not a model checkpoint of verl.")

    def storage(self, key: str) -> StoredBytes:
        entry = self._entries.get(f"{self._root}data/{key}")
        if entry is None:
            raise CheckpointError(f"{self.name} lacks the storage {key} that it speaks of: copy it again.")
        if entry.compress_type != zipfile.ZIP_STORED:
            raise CheckpointError(f"{self.name} is compressed, which torch.save never does: unpack it or copy it again.")
        header = self._bytes(entry.header_offset, LOCAL_HEADER_BYTES)
        if header[:4] != b"PK\x03\x04":
            raise self._damaged(key)
        name_bytes, extra_bytes = struct.unpack("<HH", header[26:30])
        offset = entry.header_offset + LOCAL_HEADER_BYTES + name_bytes + extra_bytes
        if offset + entry.file_size > self.file_bytes:
            raise self._damaged(key)
        return StoredBytes(offset, entry.file_size, entry.CRC)

    def check(self, key: str) -> None:
        """Compares a storage with its checksum, once."""
        stored = self.storage(key)
        if stored.crc32 != 0 and key not in self._checked and zlib.crc32(self.view(stored)) != stored.crc32:
            raise self._damaged(key)
        self._checked.add(key)

    def view(self, stored: StoredBytes) -> memoryview:
        return memoryview(self.mapped())[stored.offset : stored.offset + stored.size]

    def forget(self, stored: StoredBytes) -> None:
        """Lets go of the pages of a storage that has been read."""
        start = stored.offset // PAGE_BYTES * PAGE_BYTES
        self.mapped().madvise(mmap.MADV_DONTNEED, start, stored.offset + stored.size - start)

    def mapped(self) -> mmap.mmap:
        if self._map is None:
            with self.path.open("rb") as file:
                # Copy on write: torch wants memory that it may write to. Nothing does.
                self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
        return self._map

    def _bytes(self, offset: int, size: int) -> bytes:
        return self.mapped()[offset : offset + size]

    def _find_root(self) -> str:
        roots = [name[: -len("data.pkl")] for name in self._entries if name == "data.pkl" or name.endswith("/data.pkl")]
        if len(roots) != 1:
            raise CheckpointError(f"{self.name} was not written by torch.save: it is a zip archive without a data.pkl.")
        return roots[0]

    def _read_pickle(self, archive: zipfile.ZipFile) -> bytes:
        entry = self._entries[f"{self._root}data.pkl"]
        if entry.file_size > LARGEST_PICKLE_BYTES or entry.compress_type != zipfile.ZIP_STORED:
            raise CheckpointError(f"{self.name} has a description of {entry.file_size:,} bytes, more than any model needs: it is not read.")
        return archive.read(entry)

    def _check_byte_order(self, archive: zipfile.ZipFile) -> None:
        entry = self._entries.get(f"{self._root}byteorder")
        if entry is not None and entry.file_size < 16 and archive.read(entry) != b"little":
            raise CheckpointError(f"{self.name} was written on a big-endian machine, which is not supported.")

    def _damaged(self, key: str) -> CheckpointError:
        return CheckpointError(
            f"{self.name} is damaged: the checksum of storage {key} does not fit its bytes. Copy it again, or take the checkpoint before."
        )
