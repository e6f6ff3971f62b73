"""A copy of this process that is told nothing of being one.

os.fork() tells: hooks run in the child, `random` reseeds itself there, and the child is one that os.wait() finds. A twin that shall go on
as if it were the original must have neither. So the system call is made here; with the parent's parent as parent (CLONE_PARENT) the copy
is no child. The usual way to a child that is nobody's, forking twice, costs three to five times as much. And a session that starts doesn't
pay for hooks that have nothing to do in it.

Only for a process of one thread: then nothing is locked, and there is nothing to repair in the copy.
"""
import ctypes
import os
import platform
import signal
import threading

_CLONE_PARENT = 0x8000
_CLONE_CHILD_SETTID = 0x0100_0000

# Number of the system call, and where glibc's description of a thread holds the thread's id.
_CLONE, _TID_OFFSET = {"x86_64": (56, 0x2D0), "aarch64": (220, 0xD0)}.get(platform.machine(), (None, None))

# PyDLL: whoever is copied holds the interpreter's lock, and so does the copy.
_system_call = ctypes.PyDLL(None, use_errno=True).syscall
_system_call.restype = ctypes.c_long


def fork_exactly(is_sibling=False):
    """0 in the copy, its pid in the original. OSError where it can't be made."""
    if _CLONE is None:
        raise OSError("not known on this machine")
    flags = _CLONE_CHILD_SETTID | signal.SIGCHLD | (_CLONE_PARENT if is_sibling else 0)
    arguments = [ctypes.c_long(_CLONE), ctypes.c_long(flags), None, None, None, None]
    # Stack and the id's place in the parent stay empty; the architectures differ in what comes then.
    arguments[4 if platform.machine() == "x86_64" else 5] = ctypes.c_void_p(_thread_id_address())
    pid = _system_call(*arguments)
    if pid < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return pid


def _thread_id_address():
    """Where glibc remembers the id of this thread: it is another one in the copy."""
    address = threading.get_ident() + _TID_OFFSET
    if ctypes.c_int.from_address(address).value != threading.get_native_id():
        raise OSError("the C library keeps the thread's id somewhere else")
    return address
