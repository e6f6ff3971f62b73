"""Output of one call, bounded at the source: the head goes to the host at once, of the rest the tail is kept."""
from collections import deque
import struct

from . import frames

FLOOD_LIMIT = 64 * 2**20  # written in all; beyond it the call is killed
PIECE = 64 * 2**10
MAX_TAIL_PIECES = 4096  # bounds our memory against streams that alternate byte by byte


class Capture:
    def __init__(self, call_id, kept_bytes):
        self._call_id = call_id
        self._head_left = {frames.STDOUT: kept_bytes // 2, frames.STDERR: kept_bytes // 2}
        self._tail_cap = kept_bytes - kept_bytes // 2
        self._tail_size = {frames.STDOUT: 0, frames.STDERR: 0}
        self._tail = deque()  # [stream, bytearray], oldest first
        self.dropped = {frames.STDOUT: 0, frames.STDERR: 0}
        self.written = 0

    @property
    def is_flood(self):
        return self.written > FLOOD_LIMIT

    def add(self, stream, data):
        self.written += len(data)
        head = data[: self._head_left[stream]]
        if head:
            self._head_left[stream] -= len(head)
            frames.send(stream, self._call_id, head)
        rest = data[len(head):]
        if rest:
            self._keep(stream, rest)

    def finish(self):
        """Sends the tails, each after a GAP frame that says how much is missing before it."""
        for stream in self._tail_size:
            excess = self._tail_size[stream] - self._tail_cap
            if excess > 0:
                piece = next(piece for kind, piece in self._tail if kind == stream)
                del piece[:excess]
                self._account(stream, excess)
        announced = set()
        for stream, piece in self._tail:
            if self.dropped[stream] and stream not in announced:
                announced.add(stream)
                frames.send(frames.GAP, self._call_id, struct.pack(">BQ", stream, self.dropped[stream]))
            frames.send(stream, self._call_id, bytes(piece))
        self._tail.clear()

    def _keep(self, stream, data):
        last = self._tail[-1] if self._tail else None
        if last and last[0] == stream and len(last[1]) + len(data) <= PIECE:
            last[1].extend(data)
        else:
            self._tail.append([stream, bytearray(data)])
        self._tail_size[stream] += len(data)
        while len(self._tail) > MAX_TAIL_PIECES:
            self._drop(0)
        self._trim(stream)

    def _trim(self, stream):
        """Drops whole pieces while what stays is still a full tail."""
        while True:
            index = next(index for index, (kind, _) in enumerate(self._tail) if kind == stream)
            if self._tail_size[stream] - len(self._tail[index][1]) < self._tail_cap:
                return
            self._drop(index)

    def _drop(self, index):
        stream, piece = self._tail[index]
        del self._tail[index]
        self._account(stream, len(piece))

    def _account(self, stream, size):
        self._tail_size[stream] -= size
        self.dropped[stream] += size
