"""The session: a process forked from PID 1 that runs one cell after the other. Everything in it is untrusted."""
import builtins
import fcntl
import json
import os
import signal
import struct
import sys
import types

from . import cell, harden, script

REQUEST_HEAD = struct.Struct(">II")  # length of the JSON body, cell number
REPORT_HEAD = struct.Struct(">II")  # length of the JSON body, cell number
MAX_REPORT = 2 * 2**20

# Our descriptors live up here: user code that closes "everything above 2" in a small range misses them,
# and one that really closes everything ends its own session.
_FIRST_PRIVATE = 200
_NO_STDIN = "EOF when reading a line: there is no standard input here; write the values into the code"


def main(request, control, stdout, stderr, data_limit_bytes):
    """Never returns. The arguments are descriptors: requests come in, reports go out, output is captured."""
    try:
        os.setsid()
        harden.default_signals()
        harden.confine_worker(data_limit_bytes)
        keep = [fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, _FIRST_PRIVATE) for descriptor in (request, control, stdout, stderr)]
        os.closerange(3, _FIRST_PRIVATE)
        stderr = keep[-1]
        _Session(*keep).serve()
    except BaseException as error:
        # User code has broken what the session needs (or closed it). It reads so in its own stderr.
        os.write(stderr, f"session ended: {type(error).__name__}: {error}\n".encode("utf-8", "replace"))
    finally:
        os._exit(70)


class _Session:
    def __init__(self, request, control, stdout, stderr):
        self._pid = os.getpid()
        self._request, self._control, self._stdout, self._stderr = request, control, stdout, stderr
        self._streams = None
        self._null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
        self._null = fcntl.fcntl(self._null, fcntl.F_DUPFD_CLOEXEC, _FIRST_PRIVATE)
        os.chdir("/tmp")
        _prepare_matplotlib()
        _reseed()
        for name in [name for name in sys.modules if name.partition(".")[0] == __package__]:
            del sys.modules[name]
        self._namespace = _fresh_main()
        builtins.input = _input
        sys.path.insert(0, "")
        os.register_at_fork(after_in_child=self._forget_channels)
        self._connect_streams(self._null)

    def serve(self):
        while True:
            length, number = REQUEST_HEAD.unpack(self._read(REQUEST_HEAD.size))
            body = json.loads(self._read(length))
            report = self._run(number, body)
            if os.getpid() != self._pid:
                os._exit(0)  # a child that user code forked and that fell through to here
            data = json.dumps(report).encode("ascii")
            if len(data) > MAX_REPORT:
                os._exit(71)
            self._write(REPORT_HEAD.pack(len(data), number) + data)

    def _run(self, number, body):
        report = None
        try:
            self._connect_streams(_stdin_descriptor(body.get("stdin"), self._null))
            signal.signal(signal.SIGINT, signal.default_int_handler)
            if "prelude" in body:
                report = script.run_script(body["code"], body["prelude"], self._namespace)
            else:
                report = cell.run_cell(number, body["code"], self._namespace)
            self._settle()
        except KeyboardInterrupt as error:
            # The second interrupt met us while the first was being described.
            self._settle()
            report = report or {"value": None, "error": cell.describe(error), "exit_code": None}
        return report

    def _settle(self):
        """Nothing of this call goes off in the next one, and all it wrote is in the pipes."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.setitimer(signal.ITIMER_REAL, 0)
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
        if self._streams is None or any(stream.closed for stream in self._streams):
            # Line by line like a terminal: what was printed before a hard kill has left the process.
            self._streams = (
                open(0, "r", encoding="utf-8", errors="replace", closefd=False),
                open(1, "w", buffering=1, encoding="utf-8", errors="replace", closefd=False),
                open(2, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False),
            )
        else:
            self._streams = (open(0, "r", encoding="utf-8", errors="replace", closefd=False), *self._streams[1:])
        sys.stdin, sys.stdout, sys.stderr = self._streams
        sys.__stdin__, sys.__stdout__, sys.__stderr__ = self._streams

    def _forget_channels(self):
        """A forked child has no business on our pipes (nor has a child of its own, hence the mark)."""
        if self._request is not None:
            os.close(self._request)
            os.close(self._control)
            self._request = self._control = None

    def _read(self, size):
        data = bytearray()
        while len(data) < size:
            part = os.read(self._request, size - len(data))
            if not part:
                os._exit(0)
            data += part
        return data

    def _write(self, data):
        view = memoryview(data)
        while view:
            view = view[os.write(self._control, view):]


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


def _input(prompt=""):
    """input() that says why there is nothing to read."""
    print(prompt, end="", flush=True)
    line = sys.stdin.readline()
    if not line:
        raise EOFError(_NO_STDIN)
    return line.rstrip("\n")


_input.__name__ = _input.__qualname__ = "input"


def _reseed():
    """numpy's global generator is part of the forked memory: every session would draw the same numbers."""
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed()


def _prepare_matplotlib():
    """The font cache is in the image; its folder must be writable, so it is linked into one that is."""
    cache, folder = os.environ.get("SANDBOX_FONT_CACHE", ""), os.environ.get("MPLCONFIGDIR", "")
    if not os.path.isdir(cache) or not folder:
        return
    os.makedirs(folder, exist_ok=True)
    for name in os.listdir(cache):
        if not os.path.lexists(os.path.join(folder, name)):  # it is there after a reset, which keeps the files
            os.symlink(os.path.join(cache, name), os.path.join(folder, name))
