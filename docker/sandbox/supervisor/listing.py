"""The regular files of a session, as the text that the host is sent; bounded in number, depth, size and time.

Names never become Python objects (see folders.py): they go from the kernel's records to the text within private memory.
"""
import ctypes
import functools
import os
import re
import stat
import struct
import time

from . import folders
from .folders import Refused
from .private import PrivateBuffer

MAX_FILES = 1000
MAX_SECONDS = 0.2
_HIDDEN = b".matplotlib"  # ours: the font cache

_RECORD = struct.Struct("=QqHB")  # of getdents64: inode, offset, length of the record, type; then the name and NUL
_TYPE_FOLDER, _TYPE_FILE = 4, 8
_LONGEST_NUMBERS = 64  # what an entry takes beside its path

_libc = ctypes.CDLL(None, use_errno=True)
_libc.getdents64.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t)
_libc.getdents64.restype = ctypes.c_ssize_t
_libc.memcmp.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)
_ESCAPED = re.compile(rb'["\\\x00-\x1f]')

_records = PrivateBuffer(32 * 2**10)
_paths = PrivateBuffer(2**20)
_text = PrivateBuffer(2**20)


def _address(buffer):
    return ctypes.addressof(ctypes.c_char.from_buffer(buffer.view))


_records_address, _paths_address = _address(_records), _address(_paths)


def list_files():
    """Payload of the frame that ends the listing, good until the next one."""
    walk = _Walk()
    walk.run()
    return _render(walk)


class _Walk:
    """Breadth first. A path is (start, length) in the buffer of paths."""

    def __init__(self):
        self.files = []  # (start, length, size, modified_at_ms)
        self.is_truncated = False
        self._folders = [(0, 0, 0)]  # start, length, depth
        self._end = 0
        self._deadline = time.monotonic() + MAX_SECONDS

    def run(self):
        for start, length, depth in self._folders:  # grows on the way
            if self._is_over():
                return
            try:
                parts = folders.split(_paths.view[start : start + length]) if length else []
                folder = folders.open_folder(parts, os.O_RDONLY)
            except (OSError, Refused):
                self.is_truncated = True  # a folder without permissions
                continue
            try:
                self._read(folder, start, length, depth)
            finally:
                os.close(folder)

    def _read(self, folder, start, length, depth):
        while size := folders.call(_libc.getdents64, folder, _records_address, len(_records)):
            position = 0
            while position < size:
                _inode, _offset, record_length, kind = _RECORD.unpack_from(_records.view, position)
                name = position + _RECORD.size
                position += record_length
                if kind in (_TYPE_FOLDER, _TYPE_FILE):
                    self._add(folder, name, kind, (start, length, depth))
                if self._is_over():
                    return

    def _add(self, folder, position, kind, parent):
        name = _records.view[position : position + _name_length(position)]
        if name == b"." or name == b".." or (name == _HIDDEN and parent[2] == 0):
            return
        path = self._join(parent, name) if folders.UTF8.fullmatch(name) else None
        if path is None:
            self.is_truncated = True  # a name that can't be written here, or asked for
        elif kind == _TYPE_FOLDER:
            if parent[2] + 1 < folders.MAX_PARTS:
                self._folders.append((*path, parent[2] + 1))
            else:
                self.is_truncated = True
        else:
            self._add_file(folder, position, path)

    def _add_file(self, folder, position, path):
        file = folders.openat(folder, _records_address + position, folders.O_PATH)
        try:
            status = os.fstat(file)
        finally:
            os.close(file)
        if stat.S_ISREG(status.st_mode):
            self.files.append((*path, status.st_size, status.st_mtime_ns // 10**6))

    def _join(self, parent, name):
        """Writes the path of an entry into the buffer; None when it is too long."""
        start, length, _ = parent
        begin = self._end
        end = begin + (length + 1 if length else 0) + len(name)
        if end > len(_paths) or end - begin > folders.MAX_PATH_BYTES:
            return None
        if length:
            _paths.view[begin : begin + length] = _paths.view[start : start + length]
            _paths.view[begin + length] = ord("/")
        _paths.view[end - len(name) : end] = name
        self._end = end
        return begin, end - begin

    def _is_over(self):
        if len(self.files) < MAX_FILES and time.monotonic() < self._deadline:
            return False
        self.is_truncated = True
        return True


def _name_length(position):
    view, end = _records.view, position
    while view[end]:
        end += 1
    return end - position


def _compare(one, other):
    difference = _libc.memcmp(_paths_address + one[0], _paths_address + other[0], min(one[1], other[1]))
    return difference or one[1] - other[1]


def _render(walk):
    is_truncated = walk.is_truncated
    end = _write(0, b'{"error":null,"files":[')
    for index, (start, length, size, modified_at_ms) in enumerate(sorted(walk.files, key=functools.cmp_to_key(_compare))):
        if end + 6 * length + 2 * _LONGEST_NUMBERS > len(_text):
            is_truncated = True
            break
        end = _write(end, b',{"path":"' if index else b'{"path":"')
        end = _write_escaped(end, _paths.view[start : start + length])
        end = _write(end, b'","size":%d,"modified_at_ms":%d}' % (size, modified_at_ms))
    end = _write(end, b'],"is_truncated":%s}' % (b"true" if is_truncated else b"false"))
    return _text.view[:end]


def _write(position, data):
    _text.view[position : position + len(data)] = data
    return position + len(data)


def _write_escaped(position, text):
    start = 0
    for special in _ESCAPED.finditer(text):
        position = _write(position, text[start : special.start()])
        position = _write(position, b"\\u%04x" % text[special.start()])
        start = special.end()
    return _write(position, text[start:])
