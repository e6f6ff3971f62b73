"""The worker as PID 1 sees it: a process, and four pipes that PID 1 alone holds the other ends of."""
import fcntl
import os
import select
import signal
import socket
import struct
import termios

from . import frames, wipe, worker
from .exact_fork import fork_exactly
from .private import PrivateBuffer

_FORK_SECONDS = 5.0  # with a worker that runs no user code; a container that has used up its CPU time is slow
_RESUME_SECONDS = 2.0
_LONGEST_NUMBER = 20

# One of each is enough: there is only one session at a time.
_outgoing = PrivateBuffer(worker.REQUEST_HEAD.size + frames.MAX_PAYLOAD)
_facts = PrivateBuffer(4096)
_incoming = PrivateBuffer(worker.REPORT_HEAD.size + worker.MAX_REPORT + 1)


class BadReport(Exception):
    """The worker wrote something on its control pipe that is no report."""


class Session:
    """Made by `start` or `resume`."""

    def __init__(self, pid, pipes, link):
        self.pid = pid
        self.link = link
        self._pipes = pipes
        self.request, self.control, self.stdout, self.stderr = pipes.ours
        self._unsent = _outgoing.view[:0]
        self._received = 0
        self._status = os.open(f"/proc/{pid}/status", os.O_RDONLY | os.O_CLOEXEC)
        try:
            self._clear_refs = os.open(f"/proc/{pid}/clear_refs", os.O_WRONLY | os.O_CLOEXEC)
        except OSError:
            self._clear_refs = None  # the peak is then that of the session so far

    @classmethod
    def start(cls, data_limit_bytes):
        """A new one, forked from PID 1."""
        pipes = _Pipes()
        # Of the socket pair the worker's end is there for its twins, which wait at it.
        link, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            pid = fork_exactly()
        except OSError:
            pid = os.fork()
        if pid == 0:
            worker.main(*pipes.theirs, theirs.fileno(), data_limit_bytes)
        pipes.give_away()
        theirs.close()
        link.setblocking(False)
        return cls(pid, pipes, link)

    @classmethod
    def resume(cls, twin, link):
        """The session that goes on in a twin; there must be no other process. None when it doesn't answer.
        It gets pipes of its own, so that nothing half-read or half-written of the worker before is left."""
        pipes = _Pipes()
        session = None
        try:
            session = cls(twin, pipes, link)
            socket.send_fds(link, [b"\0"], pipes.theirs)
            pipes.give_away()
            session.go_on()
            number, answer = session._wait_for_report(_RESUME_SECONDS)
            if number == worker.RESUMED and not answer:
                return session
        except (OSError, EOFError, BadReport):
            pass  # user code has got at it: there is nothing to go back to
        if session is None:
            pipes.close()
        else:
            session.close(keep_link=True)
        return None

    # -- talking to it -----------------------------------------------------------------------------------------

    def submit(self, kind, number, body=b"", memory_bytes=0):
        """Queues a request; `push` writes it as the worker takes it, so that a worker that doesn't read can't block us."""
        head = worker.REQUEST_HEAD
        head.pack_into(_outgoing.view, 0, kind, len(body), number, memory_bytes)
        _outgoing.view[head.size : head.size + len(body)] = body
        self._unsent = _outgoing.view[: head.size + len(body)]
        return self.push()

    def push(self):
        """True while there is more to write."""
        try:
            while self._unsent:
                self._unsent = self._unsent[os.write(self.request, self._unsent) :]
        except BlockingIOError:
            return True
        except BrokenPipeError:
            self._unsent = _outgoing.view[:0]  # nobody will read it: the worker's end is what the call waits for
        return False

    def read_report(self):
        """(number, payload) once a whole report is there, None before, EOFError when the worker has let go of the pipe.
        The payload is valid until the next call of this method."""
        try:
            size = os.readv(self.control, [_incoming.view[self._received :]])
        except BlockingIOError:
            return None
        if size == 0:
            raise EOFError("the session has let go of its control pipe")
        self._received += size
        head = worker.REPORT_HEAD
        if self._received < head.size:
            return None
        length, number = head.unpack_from(_incoming.view)
        end = head.size + length
        if length > worker.MAX_REPORT or self._received > end:
            raise BadReport
        if self._received < end:
            return None
        self._received = 0
        return number, _incoming.view[head.size : end]

    def stop(self):
        os.kill(self.pid, signal.SIGSTOP)

    def go_on(self):
        os.kill(self.pid, signal.SIGCONT)

    def interrupt(self):
        """As Ctrl-C does: the worker and what it started in its group."""
        try:
            os.killpg(self.pid, signal.SIGINT)
        except ProcessLookupError:
            return

    def fork_twin(self):
        """Has the worker copy itself; the copy waits, running, at its end of the link. Its pid, or None when none was made.
        Raises when the worker doesn't answer: it runs no user code now, so it can't be trusted any more."""
        self.go_on()
        self.submit(worker.COPY, 0)
        number, answer = self._wait_for_report(_FORK_SECONDS)
        if number != worker.COPIED or len(answer) not in (0, worker.PID.size):
            raise BadReport
        pid = worker.PID.unpack(answer)[0] if answer else None
        # A child of ours keeps its pid until we have reaped it. What it really is shows when it is resumed.
        return pid if pid and wipe.parent_of(pid) == 1 else None

    def _wait_for_report(self, seconds):
        poll = select.poll()
        poll.register(self.control, select.POLLIN)
        while poll.poll(seconds * 1000):
            report = self.read_report()
            if report is not None:
                return report
        raise BadReport

    # -- facts -------------------------------------------------------------------------------------------------

    def is_fit_for_twin(self, max_bytes):
        """Small enough, and of one thread: a copy would have none of the others."""
        return self._fact(b"Threads:\t") == 1 and (self._fact(b"VmRSS:\t") or 0) * 1024 <= max_bytes

    def peak_memory_bytes(self):
        kibibytes = self._fact(b"VmHWM:\t")
        return None if kibibytes is None else kibibytes * 1024

    def _fact(self, name):
        """A number that the kernel keeps of the worker. Private, since what programs call themselves is beside it."""
        try:
            size = os.preadv(self._status, [_facts.view], 0)
        except ProcessLookupError:
            return None  # it is gone, and its numbers with it
        start = _facts.find(b"\n" + name, size)
        return None if start < 0 else int(bytes(_facts.view[start + 1 + len(name) :][:_LONGEST_NUMBER]).split(None, 1)[0])

    def reset_peak_memory(self):
        if self._clear_refs is not None:
            os.pwrite(self._clear_refs, b"5", 0)

    # -- its end -----------------------------------------------------------------------------------------------

    def close(self, keep_link=False):
        self._pipes.close()
        os.close(self._status)
        if self._clear_refs is not None:
            os.close(self._clear_refs)
        if not keep_link:
            self.link.close()


class _Pipes:
    """Requests, reports, stdout and stderr."""

    def __init__(self):
        request, ours = os.pipe()
        pairs = [(ours, request), *(os.pipe() for _ in range(3))]
        self.ours, self.theirs = zip(*pairs)
        for descriptor in self.ours:
            os.set_blocking(descriptor, False)

    def give_away(self):
        """The worker has its own copies of its ends."""
        for descriptor in self.theirs:
            os.close(descriptor)
        self.theirs = ()

    def close(self):
        for descriptor in (*self.ours, *self.theirs):
            os.close(descriptor)


def freeze():
    """Stops every process but PID 1: between calls nothing runs, prints or costs CPU."""
    _signal_all(signal.SIGSTOP)


def thaw():
    _signal_all(signal.SIGCONT)


def pending_bytes(descriptor):
    """How much has been written to a pipe and not been read yet."""
    return struct.unpack("i", fcntl.ioctl(descriptor, termios.FIONREAD, b"\0\0\0\0"))[0]


def _signal_all(number):
    try:
        os.kill(-1, number)
    except ProcessLookupError:
        return
