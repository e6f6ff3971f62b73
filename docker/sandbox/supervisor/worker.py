"""The session: a process forked from PID 1 that runs one cell after the other. Everything in it is untrusted."""
import builtins

__builtins__ = dict(vars(builtins))  # functions below look names up here, not in what user code has patched

import _signal
import fcntl
import os
import socket
import stat
import struct
import sys
import threading
import types

from . import cell, errors, harden, plain_json, script
from .exact_fork import fork_exactly

REQUEST_HEAD = struct.Struct(">BIIQ")  # kind, length of the body, cell number, bytes of data memory (0: as much as there is)
NOTEBOOK, SCRIPT, COPY = range(3)  # kinds of requests: a cell in one of two styles (JSON body), a copy of this process (none)

_READ_BYTES = 64 * 2**10  # as much as a pipe holds

REPORT_HEAD = struct.Struct(">II")  # length of the body, cell number or one of these two
COPIED, RESUMED = 2**32 - 1, 2**32 - 2
PID = struct.Struct(">I")  # body of COPIED, if there is a copy
MAX_REPORT = 8 * 2**20

# Our descriptors live up here: user code that closes "everything above 2" in a small range misses them,
# and one that really closes everything ends its own session.
_FIRST_PRIVATE = 200


_streams = None  # of every session: made once, in PID 1


def get_ready():
    """In PID 1, before it forks: makes what every session would make, and does once what every session does. What the interpreter and the C
    library set up at first use (codecs, symbols, specialised code) is then shared, and not a hundred pages more that each session must copy."""
    global _streams
    null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
    own_input = os.dup(0)
    os.dup2(null, 0)  # it asks its descriptor what kind it is
    _streams = _open_streams()
    os.dup2(own_input, 0)
    os.close(own_input)
    own_stdout, own_reader = sys.stdout, builtins.input
    sys.stdout = open(null, "w", buffering=1, encoding="utf-8", errors="replace", closefd=False)
    body = plain_json.loads(plain_json.dumps({"code": "print(6 * 7)"}).encode())
    plain_json.dumps(cell.run_cell(0, body["code"], {"__builtins__": builtins}))
    sys.stdout, builtins.input = own_stdout, own_reader
    errors.forget_sources()
    os.close(null)


def main(request, control, stdout, stderr, link, data_limit_bytes):
    """Never returns. The arguments are descriptors: requests come in, reports go out, output is captured, copies wait at the link."""
    try:
        os.setsid()
        harden.default_signals()
        harden.confine_worker(data_limit_bytes)
        keep = [fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, _FIRST_PRIVATE) for descriptor in (request, control, stdout, stderr, link)]
        os.closerange(3, _FIRST_PRIVATE)
        stderr = keep[3]
        _Session(*keep).serve()
    except BaseException as error:
        # User code has broken what the session needs (or closed it). It reads so in its own stderr.
        os.write(stderr, f"session ended: {type(error).__name__}: {error}\n".encode("utf-8", "replace"))
    finally:
        os._exit(70)


class _Session:
    def __init__(self, request, control, stdout, stderr, link):
        self._pid = os.getpid()
        self._request, self._control, self._stdout, self._stderr = request, control, stdout, stderr
        self._link = socket.socket(fileno=link)
        self._streams, self._stdin_is_null = _streams, True
        self._null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
        self._null = fcntl.fcntl(self._null, fcntl.F_DUPFD_CLOEXEC, _FIRST_PRIVATE)
        os.chdir("/tmp")
        threading.current_thread()._set_native_id()
        self._namespace = _fresh_main()
        sys.path.insert(0, "")
        os.register_at_fork(after_in_child=self._forget_channels)
        self._connect_streams(self._null)

    def serve(self):
        while True:
            kind, number, memory_bytes, body = self._read_request()
            if kind == COPY:
                self._copy()
                continue
            body = plain_json.loads(body)
            if memory_bytes:
                harden.limit_data(memory_bytes)
            report = self._run(kind, number, body)
            if memory_bytes:
                harden.limit_data(None)
            if os.getpid() != self._pid:
                os._exit(0)  # a child that user code forked and that fell through to here
            data = plain_json.dumps(report).encode("ascii")
            if len(data) > MAX_REPORT:
                os._exit(71)
            self._write(REPORT_HEAD.pack(len(data), number) + data)

    def _run(self, kind, number, body):
        report = None
        try:
            self._connect_streams(_stdin_descriptor(body.get("stdin"), self._null))
            _signal.signal(_signal.SIGINT, _signal.default_int_handler)
            if kind == SCRIPT:
                report = script.run_script(body["code"], body.get("prelude"), self._namespace)
            else:
                report = cell.run_cell(number, body["code"], self._namespace)
            self._settle()
        except KeyboardInterrupt as error:
            # The second interrupt met us while the first was being described.
            self._settle()
            report = report or {"value": None, "error": cell.describe(error), "exit_code": None}
        return report

    def _copy(self):
        """Makes a twin: a copy that waits at the link until it is the session. Whoever is left says what came of it."""
        try:
            # The copy would keep open what the worker closes, and whoever waits for that end would wait for ever.
            pid = None if self._has_channels() else fork_exactly(is_sibling=True)
        except OSError:
            pid = None  # no room for one
        if pid == 0:
            self._wait_as_twin()
        elif pid is None:
            self._write(REPORT_HEAD.pack(0, COPIED))

    def _wait_as_twin(self):
        harden.become_twin()
        self._pid = os.getpid()
        threading.current_thread()._set_native_id()
        self._write(REPORT_HEAD.pack(PID.size, COPIED) + PID.pack(self._pid))
        os.close(self._request)
        os.close(self._control)
        _, pipes, _, _ = socket.recv_fds(self._link, 1, 4)
        if len(pipes) != 4:
            os._exit(0)  # the link is cut: there is nothing to be the copy of any more
        harden.become_worker()
        for descriptor in (self._stdout, self._stderr):
            os.close(descriptor)
        self._request, self._control, self._stdout, self._stderr = (
            fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, _FIRST_PRIVATE) for descriptor in pipes
        )
        for descriptor in pipes:
            os.close(descriptor)
        self._connect_streams(self._null)
        self._write(REPORT_HEAD.pack(0, RESUMED))

    def _has_channels(self):
        """Whether user code has pipes or sockets open."""
        for name in os.listdir("/proc/self/fd"):
            descriptor = int(name)
            if 2 < descriptor < _FIRST_PRIVATE:
                try:
                    mode = os.fstat(descriptor).st_mode
                except OSError:
                    continue  # the one that listed them
                if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode):
                    return True
        return False

    def _settle(self):
        """Nothing of this call goes off in the next one, and all it wrote is in the pipes."""
        _signal.signal(_signal.SIGINT, _signal.SIG_IGN)
        _signal.setitimer(_signal.ITIMER_REAL, 0)
        sys.settrace(None)
        sys.setprofile(None)
        for stream in {sys.stdout, sys.stderr, *self._streams[1:]}:
            try:
                stream.flush()
            except Exception:
                continue  # closed or replaced by user code: there is nothing of it to keep

    def _connect_streams(self, stdin):
        """Descriptors 0 to 2 and the stream objects are made good again before each call. The objects stay the
        same ones while they work: logging handlers and the like keep references to them."""
        for source, target in ((stdin, 0), (self._stdout, 1), (self._stderr, 2)):
            os.dup2(source, target, inheritable=True)
        if stdin != self._null:
            os.close(stdin)
        if any(stream.closed for stream in self._streams[1:]):
            self._streams = _open_streams()
        elif self._streams[0].closed or not (self._stdin_is_null and stdin == self._null):
            self._streams = (_open_stdin(), *self._streams[1:])
        self._stdin_is_null = stdin == self._null
        sys.stdin, sys.stdout, sys.stderr = self._streams
        sys.__stdin__, sys.__stdout__, sys.__stderr__ = self._streams

    def _forget_channels(self):
        """A forked child has no business on our pipes (nor has a child of its own, hence the mark)."""
        if self._request is not None:
            os.close(self._request)
            os.close(self._control)
            self._link.close()
            self._request = self._control = None

    def _read_request(self):
        """Requests come one at a time: what is there belongs to this one."""
        data, size = b"", REQUEST_HEAD.size
        while len(data) < size:
            part = os.read(self._request, max(_READ_BYTES, size - len(data)))
            if not part:
                os._exit(0)
            data = data + part if data else part
            if len(data) >= REQUEST_HEAD.size:
                kind, length, number, memory_bytes = REQUEST_HEAD.unpack_from(data)
                size = REQUEST_HEAD.size + length
        return kind, number, memory_bytes, data[REQUEST_HEAD.size :]

    def _write(self, data):
        view = memoryview(data)
        while view:
            view = view[os.write(self._control, view):]


def _open_streams():
    # Line by line like a terminal: what was printed before a hard kill has left the process.
    return (
        _open_stdin(),
        open(1, "w", buffering=1, encoding="utf-8", errors="replace", closefd=False),
        open(2, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False),
    )


def _open_stdin():
    return open(0, "r", encoding="utf-8", errors="replace", closefd=False)


def _fresh_main():
    module = types.ModuleType("__main__")
    module.__builtins__ = builtins
    sys.modules["__main__"] = module
    return module.__dict__


def _stdin_descriptor(text, null):
    if text is None:
        return null
    descriptor = os.memfd_create("stdin")
    view = memoryview(text.encode("utf-8", "surrogatepass"))
    while view:
        view = view[os.write(descriptor, view):]
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor
