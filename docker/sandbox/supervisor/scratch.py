"""The folders that a session can write to: empty but for one thing when it starts, and again after it.

Whether it has touched them is told by their change times, which only the kernel sets. Only if so they are emptied, by a child: the names of
a session's files would stay in the memory of this process, and the next session is forked from it.
"""
import os
import stat
import time

ROOTS = tuple(root for root in ("/tmp", "/dev/shm", "/dev/mqueue") if os.path.isdir(root))

_CLOCK_REALTIME_COARSE = 5  # the one that files are stamped with; `time` has no name for it

_untouched = {}  # path: what lstat says of it as long as nobody has changed anything


class NotEmpty(Exception):
    """The folders can't be made as they were."""


def furnish():
    """matplotlib's folder, which must be writable, with a link to the font cache of the image. To be called when all is empty."""
    cache, folder = os.environ.get("SANDBOX_FONT_CACHE", ""), os.environ.get("MPLCONFIGDIR", "")
    paths = [*ROOTS]
    if os.path.isdir(cache) and folder:
        os.mkdir(folder)
        links = [(os.path.join(cache, name), os.path.join(folder, name)) for name in os.listdir(cache)]
        for target, link in links:
            os.symlink(target, link)
        paths += [folder, *(link for _, link in links)]
    _untouched.clear()
    _untouched.update((path, _state(path)) for path in paths)
    # Times come in ticks of a few milliseconds: what a session changes must fall into a later one.
    newest = max(changed for _, changed, _, _ in _untouched.values())
    while time.clock_gettime_ns(_CLOCK_REALTIME_COARSE) <= newest:
        time.sleep(0.001)


def is_untouched():
    return all(_state(path) == state for path, state in _untouched.items())


def restore():
    """To be called when no process of the session runs. Raises NotEmpty when that can't be done."""
    if is_untouched():
        return
    child = os.fork()
    if child == 0:
        code = 1
        try:
            for root in ROOTS:
                _empty(root)
                _reset(root)
            code = 0
        finally:
            os._exit(code)
    if os.waitpid(child, 0)[1] != 0:
        raise NotEmpty("the files of a session could not be removed")
    for root in ROOTS:
        if os.listdir(root):
            raise NotEmpty(f"files left in {root}")
    furnish()


def _state(path):
    try:
        status = os.lstat(path)
    except OSError:
        return None
    return status.st_ino, status.st_ctime_ns, status.st_size, status.st_mode


def _empty(root):
    """Moves each nested folder up before removing it, so that neither depth nor path length ever matters."""
    root = os.fsencode(root)
    moved = 0
    token = os.urandom(8).hex()
    while entries := os.listdir(root):
        for name in entries:
            path = os.path.join(root, name)
            if not _is_folder(path):
                os.unlink(path)
                continue
            os.chmod(path, 0o700)
            for inner in os.listdir(path):
                inner_path = os.path.join(path, inner)
                if _is_folder(inner_path):
                    os.chmod(inner_path, 0o700)  # moving a folder writes its '..'
                    moved += 1
                    os.rename(inner_path, os.path.join(root, f".{token}-{moved}".encode()))
                else:
                    os.unlink(inner_path)
            os.rmdir(path)


def _reset(root):
    """The folder itself, where it is the programs' own: rights and attributes are a place to leave something, too."""
    if os.stat(root).st_uid != os.geteuid():
        return
    os.chmod(root, 0o1777)
    try:
        names = os.listxattr(root)
    except OSError:
        return  # has none
    for name in names:
        if name.startswith("user."):
            os.removexattr(root, name)


def _is_folder(path):
    return stat.S_ISDIR(os.lstat(path).st_mode)
