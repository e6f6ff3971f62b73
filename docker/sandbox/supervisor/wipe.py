"""Between two sessions: nothing of the first may be found by the second."""
import os
import signal
import stat
import time

WRITABLE = ("/tmp", "/dev/shm", "/dev/mqueue")
KILL_SECONDS = 10.0
SPARING_SECONDS = 5.0  # then the survivor goes too


class NotClean(Exception):
    """The container can't be used again."""


def kill_everything(on_reaped):
    """Kills and reaps every process but PID 1. `on_reaped(pid, status, usage)` hears of each child."""
    deadline = time.monotonic() + KILL_SECONDS
    while True:
        try:
            # One system call for the whole pid namespace; a fork in flight fails with it.
            os.kill(-1, signal.SIGKILL)
        except ProcessLookupError:
            pass
        try:
            pid, status, usage = os.wait4(-1, os.WNOHANG)
        except ChildProcessError:
            return  # orphans become our children: no child left means no process left
        if pid:
            on_reaped(pid, status, usage)
        elif time.monotonic() > deadline:
            raise NotClean("processes survive SIGKILL")
        else:
            time.sleep(0.0005)


def kill_all_but(survivor):
    """Kills and reaps every process but PID 1 and one that waits. False when that could not be done, or that one is gone too."""
    deadline = time.monotonic() + SPARING_SECONDS
    while time.monotonic() < deadline:
        try:
            os.kill(-1, signal.SIGSTOP)  # what is stopped can't fork; a fork in flight fails with it
        except ProcessLookupError:
            return False
        reap()
        rest = others({survivor})
        if not rest:
            return parent_of(survivor) == 1
        for pid in rest:
            _kill(pid)
        time.sleep(0.0002)
    return False


def others(known):
    """The processes beside PID 1 and those that are known."""
    return [pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if pid != 1 and pid not in known]


def kill_strays(known):
    """Kills all but the known ones; everything must be frozen. Returns how many remain: those that only the worker can reap."""
    for pid in others(known):
        _kill(pid)
    deadline = time.monotonic() + KILL_SECONDS
    while True:
        reap()
        remaining = others(known)
        if all(parent_of(pid) is None for pid in remaining):
            return len(remaining)
        if time.monotonic() > deadline:
            raise NotClean("processes survive SIGKILL")
        time.sleep(0.001)


def reap():
    """Collects children that have ended. Not for a moment at which the worker may have ended: its status would be lost."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            continue
    except ChildProcessError:
        return


def parent_of(pid):
    """None when it has ended."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            state, parent = file.read().rpartition(")")[2].split()[:2]
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if state in "ZX" else int(parent)


def _kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def wipe_files():
    for root in WRITABLE:
        if os.path.isdir(root):
            _empty(root)


def verify():
    """Raises NotClean unless the container looks as it did before its first session."""
    processes = [name for name in os.listdir("/proc") if name.isdigit()]
    if processes != ["1"]:
        raise NotClean(f"processes left: {processes}")
    for root in WRITABLE:
        if os.path.isdir(root) and os.listdir(root):
            raise NotClean(f"files left in {root}")
    for kind in ("shm", "sem", "msg"):
        try:
            with open(f"/proc/sysvipc/{kind}") as file:
                is_clean = len(file.readlines()) <= 1
        except FileNotFoundError:
            continue  # gVisor doesn't say; our filter for system calls keeps such objects from being made
        if not is_clean:
            raise NotClean(f"System V {kind} left")


def furnish():
    """The one thing a session finds: matplotlib's folder, which must be writable, with a link to the font cache of the image."""
    cache, folder = os.environ.get("SANDBOX_FONT_CACHE", ""), os.environ.get("MPLCONFIGDIR", "")
    if not os.path.isdir(cache) or not folder:
        return
    os.makedirs(folder, exist_ok=True)
    for name in os.listdir(cache):
        os.symlink(os.path.join(cache, name), os.path.join(folder, name))


def _empty(root):
    """Moves each nested folder up before removing it, so that neither depth nor path length ever matters."""
    moved = 0
    token = os.urandom(8).hex()
    while True:
        entries = os.listdir(os.fsencode(root))
        if not entries:
            return
        for name in entries:
            path = os.path.join(os.fsencode(root), name)
            if not _is_folder(path):
                os.unlink(path)
                continue
            os.chmod(path, 0o700)
            for inner in os.listdir(path):
                inner_path = os.path.join(path, inner)
                if _is_folder(inner_path):
                    os.chmod(inner_path, 0o700)  # moving a folder writes its '..'
                    moved += 1
                    os.rename(inner_path, os.path.join(os.fsencode(root), f".{token}-{moved}".encode()))
                else:
                    os.unlink(inner_path)
            os.rmdir(path)


def _is_folder(path):
    return stat.S_ISDIR(os.lstat(path).st_mode)
