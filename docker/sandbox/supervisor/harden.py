"""What a process gives up before it goes on."""
import _signal
import contextlib
import ctypes
import os
import resource
import signal

PR_SET_DUMPABLE = 4
_SA_NOCLDSTOP = 1

USER = 65534
# Under gVisor PID 1 could be killed by anyone of its own user: there it is root, with the right to become another user and to
# signal one. Elsewhere it has no more rights than the programs.
IS_PRIVILEGED = os.getuid() == 0

_IGNORED_SIGNALS = tuple(
    int(number)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2, signal.SIGALRM)
)
_DEFAULT_SIGNALS = (*_IGNORED_SIGNALS[1:], int(signal.SIGCHLD))

_WORKER_OOM_SCORE = 1000
_TWIN_OOM_SCORE = 600  # above that of PID 1, which the container's creator sets to 500; less than that is not allowed

_libc = ctypes.CDLL(None, use_errno=True)


def protect_supervisor():
    """Same-uid processes can no longer open /proc/1/mem or /proc/1/fd, nor ptrace us, nor stop us with a signal."""
    _set_dumpable(False)
    for number in _IGNORED_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def hear_of_ends_only():
    """SIGCHLD when a child ends, not each time one is stopped and goes on: that is twice a call, and costs more than what it tells."""
    action = ctypes.create_string_buffer(256)  # struct sigaction: handler, mask of 1024 bits, flags
    flags = ctypes.c_int.from_buffer(action, ctypes.sizeof(ctypes.c_void_p) + 128)
    if _libc.sigaction(signal.SIGCHLD, None, action) != 0:
        raise OSError(ctypes.get_errno(), "sigaction")
    flags.value |= _SA_NOCLDSTOP
    if _libc.sigaction(signal.SIGCHLD, action, None) != 0:
        raise OSError(ctypes.get_errno(), "sigaction")


@contextlib.contextmanager
def as_user():
    """File work of PID 1 where it is root: with the rights of the programs whose files these are. Only while none of them runs."""
    if not IS_PRIVILEGED:
        yield
        return
    os.setegid(USER)
    os.seteuid(USER)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


def confine_worker(data_limit_bytes):
    """The worker is what the kernel takes first when memory ends, and sees MemoryError before that."""
    if IS_PRIVILEGED:
        os.setgroups([])
        os.setresgid(USER, USER, USER)
        os.setresuid(USER, USER, USER)  # with it go all capabilities
    _set_dumpable(True)  # inherited from PID 1; without it /proc/self belongs to root
    _prefer_for_oom(_WORKER_OOM_SCORE)
    # Not RLIMIT_AS: OpenBLAS spins for ever when its address space ends, and threads can't start.
    resource.setrlimit(resource.RLIMIT_DATA, (data_limit_bytes, data_limit_bytes))


def limit_data(soft_bytes):
    """Of this process and what it starts from now on; None: as much as there is. A program that wants more can take it: this is for the
    ones that want to know their limit, the container's own is for the others."""
    hard_bytes = resource.getrlimit(resource.RLIMIT_DATA)[1]
    resource.setrlimit(resource.RLIMIT_DATA, (hard_bytes if soft_bytes is None else min(soft_bytes, hard_bytes), hard_bytes))


def become_twin():
    """Out of the way of the worker's process group, and not what the kernel takes first."""
    os.setsid()
    try:
        _prefer_for_oom(_TWIN_OOM_SCORE)
    except OSError:
        return  # it goes when the worker goes


def become_worker():
    _prefer_for_oom(_WORKER_OOM_SCORE)


def default_signals():
    # `_signal`: what the functions of `signal` do around these, for people's sake, touches a hundred pages.
    _signal.set_wakeup_fd(-1)
    for number in _DEFAULT_SIGNALS:
        _signal.signal(number, _signal.SIG_DFL)
    _signal.signal(_signal.SIGINT, _signal.SIG_IGN)  # until a cell runs there is nothing to interrupt


def _prefer_for_oom(score):
    """The greater, the sooner the kernel takes this process when memory ends."""
    descriptor = os.open("/proc/self/oom_score_adj", os.O_WRONLY)
    try:
        os.write(descriptor, b"%d" % score)
    finally:
        os.close(descriptor)


def _set_dumpable(dumpable):
    if _libc.prctl(PR_SET_DUMPABLE, int(dumpable), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_DUMPABLE)")
