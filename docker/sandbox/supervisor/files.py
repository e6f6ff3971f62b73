"""Files of a session, for the host: written, read and removed by PID 1 while every process of the session stands still.

The paths lead through folders that a hostile program has prepared: see folders.py. Only regular files are touched. Every function
takes views of private memory and returns the payload of the frame that ends the operation.
"""
import ctypes
import json
import os
import stat
import struct

from . import folders
from .folders import Refused, refusal
from .frames import CHUNK
from .listing import list_files  # noqa: F401  (one of the four operations)
from .private import PrivateBuffer

_PATH_LENGTH = struct.Struct(">H")
_scratch = PrivateBuffer(CHUNK)


def put(payload):
    """Writes a file, or replaces one at once. The payload: length of the path (u16), path, content. Missing folders are made."""
    return _answer(_put, payload)


def get(path, limit, send):
    """Hands the content to `send`, piece by piece; a file of more than `limit` bytes is refused before the first."""
    return _answer(_get, path, limit, send)


def delete(path):
    return _answer(_delete, path)


def _put(payload):
    if len(payload) < _PATH_LENGTH.size:
        raise Refused("invalid_request", "There is no path.")
    end = _PATH_LENGTH.size + _PATH_LENGTH.unpack_from(payload)[0]
    *parents, name = folders.split(payload[_PATH_LENGTH.size : end])
    content = payload[end:]
    folder = folders.open_folder(parents, is_made=True)
    try:
        try:
            _require_regular(folder, name)
        except FileNotFoundError:
            pass  # a new file
        draft = ctypes.create_string_buffer(b".upload-" + os.urandom(8).hex().encode())
        draft_name = ctypes.addressof(draft)
        file = folders.openat(folder, draft_name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        try:
            while content:
                content = content[os.write(file, content) :]
            folders.rename(folder, draft_name, name)
        except OSError:
            folders.remove(folder, draft_name)
            raise
        finally:
            size = os.fstat(file).st_size
            os.close(file)
    finally:
        os.close(folder)
    return size


def _get(path, limit, send):
    *parents, name = folders.split(path)
    folder = folders.open_folder(parents)
    try:
        _require_regular(folder, name)
        # Doesn't wait, whatever it is: a pipe without a writer, a file under a lease.
        file = folders.openat(folder, name, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY)
    finally:
        os.close(folder)
    try:
        size = _size(file)
        if size > limit:
            raise Refused("payload_too_large", f"The file has {size} bytes; at most {limit} can be read.")
        left = size
        while left:
            read = os.readv(file, [_scratch.view[: min(left, CHUNK)]])
            if read == 0:
                raise Refused("conflict", "The file became shorter while it was read.")
            send(_scratch.view[:read])
            left -= read
    finally:
        os.close(file)
    return size


def _delete(path):
    *parents, name = folders.split(path)
    folder = folders.open_folder(parents)
    try:
        size = _require_regular(folder, name)
        folders.remove(folder, name)
    finally:
        os.close(folder)
    return size


def _require_regular(folder, name):
    """Its size. Looks at the thing itself without opening it."""
    thing = folders.openat(folder, name, folders.O_PATH)
    try:
        return _size(thing)
    finally:
        os.close(thing)


def _size(file):
    status = os.fstat(file)
    if not stat.S_ISREG(status.st_mode):
        raise Refused("conflict", "There is something of this name, and it is not a regular file.")
    return status.st_size


def _answer(operation, *arguments):
    try:
        return json.dumps({"error": None, "size": operation(*arguments)}).encode()
    except Refused as refused:
        problem = refused
    except OSError as error:
        problem = refusal(error)
    return json.dumps({"error": {"code": problem.code, "message": problem.message}}).encode()
