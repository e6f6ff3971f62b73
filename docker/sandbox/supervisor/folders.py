"""Paths that users name, walked one part at a time below the session's folder; no symbolic link is ever followed.

Names are what users wrote, so they stay in private memory (see private.py): the calls that take them go to libc with the
address of a name there, where Python's own would want a `bytes` object on the heap that the next session is forked from.
"""
import ctypes
import errno
import os
import re

from .private import PrivateBuffer

ROOT = "/tmp"
MAX_PART_BYTES = 255
MAX_PARTS = 8
MAX_PATH_BYTES = 1024

O_PATH = 0o10000000
_FOLDER = os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC

_libc = ctypes.CDLL(None, use_errno=True)
_libc.openat.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_uint)
_libc.mkdirat.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_uint)
_libc.unlinkat.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_int)
_libc.renameat.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)

# Everything but NUL that is well-formed.
UTF8 = re.compile(
    rb"(?:[\x01-\x7f]|[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]"
    rb"|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2})++"
)
_names = PrivateBuffer(MAX_PATH_BYTES + 1)
_names_address = ctypes.addressof(ctypes.c_char.from_buffer(_names.view))


class Refused(Exception):
    """What was asked for can't be done: a code of the API, and a sentence that names no path."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code
        self.message = message


def split(path):
    """Checks a path (a view of bytes) and copies it to where the calls below find it. Returns the addresses of its parts, which
    are good until the next call."""
    if len(path) > MAX_PATH_BYTES:
        raise Refused("invalid_request", f"A path has at most {MAX_PATH_BYTES} bytes.")
    if not UTF8.fullmatch(path):
        raise Refused("invalid_request", "A path is text in UTF-8 without NUL, and not empty.")
    _names.view[: len(path)] = path
    _names.view[len(path)] = 0
    addresses, start = [], 0
    for end in range(len(path) + 1):
        if end < len(path) and path[end] != ord("/"):
            continue
        part = path[start:end]
        if not part or part == b"." or part == b"..":
            raise Refused("invalid_request", "A path is relative to the working directory and has no empty part, '.' or '..'.")
        if len(part) > MAX_PART_BYTES:
            raise Refused("invalid_request", f"A part of a path has at most {MAX_PART_BYTES} bytes.")
        _names.view[end] = 0
        addresses.append(_names_address + start)
        start = end + 1
    if len(addresses) > MAX_PARTS:
        raise Refused("invalid_request", f"A path has at most {MAX_PARTS} parts.")
    return addresses


def open_folder(parts, flags=O_PATH, is_made=False):
    """A descriptor of the folder that the parts lead to; with `is_made` those that are missing are made on the way."""
    folder = os.open(ROOT, flags | _FOLDER)
    for part in parts:
        try:
            if is_made:
                try:
                    call(_libc.mkdirat, folder, part, 0o755)
                except FileExistsError:
                    pass
            inner = openat(folder, part, flags | _FOLDER)
        finally:
            os.close(folder)
        folder = inner
    return folder


def openat(folder, name, flags, mode=0):
    return call(_libc.openat, folder, name, flags | os.O_NOFOLLOW | os.O_CLOEXEC, mode)


def remove(folder, name):
    call(_libc.unlinkat, folder, name, 0)


def rename(folder, name, new_name):
    call(_libc.renameat, folder, name, folder, new_name)


def call(function, *arguments):
    """A call of libc. Raises OSError, which knows no names."""
    result = function(*arguments)
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def refusal(error):
    """What an OSError means to who asked."""
    match error.errno:
        case errno.ENOENT:
            return Refused("not_found", "There is no such file.")
        case errno.ENOTDIR | errno.ELOOP:
            return Refused("conflict", "A part of this path is not a folder; symbolic links are not followed.")
        case errno.ENOSPC | errno.EDQUOT | errno.EFBIG:
            return Refused("payload_too_large", "The file system of the sandbox is full.")
        case errno.EACCES | errno.EPERM:
            return Refused("conflict", "The permissions of a folder or file on this path don't allow it.")
        case _:
            return Refused("conflict", f"It can't be done: {os.strerror(error.errno or 0)}.")
